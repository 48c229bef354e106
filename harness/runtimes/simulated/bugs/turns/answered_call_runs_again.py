from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.calls import OK, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

EVERY = 5
LATER_S = 0.6


class AnsweredCallRunsAgain(Turns):
    """Now and then a call that was answered runs once more, behind its caller's next one.

    Breaks `mailbox-order`: one caller's calls stay in their order.
    """

    _answered = 0

    async def serve(self, call: Call) -> Served:
        served = await super().serve(call)
        if call.cause == "call" and served.status == OK:
            self._answered += 1
            if self._answered % EVERY == 0:
                self._host.process.spawn(self._later(call))
        return served

    async def _later(self, call: Call) -> None:
        await asyncio.sleep(LATER_S)
        await super().serve(call)
