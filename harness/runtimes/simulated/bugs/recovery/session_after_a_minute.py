from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.membership import Membership

SCENARIO = "simulated-placement-away"
LATER_S = 60.0


class SessionAfterAMinute(Membership):
    """A host that lost its lease asks for another after a minute.

    Breaks `recovery`: its actors answer again within the budget.
    """

    _had_one = False

    async def open_session(self) -> None:
        if self._had_one:
            await asyncio.sleep(LATER_S)
        self._had_one = True
        await super().open_session()
