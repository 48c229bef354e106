from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.membership import Membership

SCENARIO = "placement-loss"


class NoSecondSession(Membership):
    """A host that lost its lease never asks for another.

    Breaks `recovery`: when placement is back, its actors answer again.
    """

    _had_one = False

    async def open_session(self) -> None:
        if self._had_one:
            await self._host.process.stopping.wait()
        self._had_one = True
        await super().open_session()
