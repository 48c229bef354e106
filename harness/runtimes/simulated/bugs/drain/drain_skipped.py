from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.app.messages import TurnReply, TurnRequest
from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution


class DrainSkipped(Execution):
    """A host gives actors back with their turns still open.

    Breaks `turns` and `drain`: it waits for the turns of an actor no longer as soon as that moves, and the new owner
    begins beside them.
    """

    async def reply(self, activation: Activation, request: TurnRequest) -> TurnReply:
        answer = asyncio.ensure_future(super().reply(activation, request))
        given_up = asyncio.ensure_future(self._give_up(activation))
        await asyncio.wait([answer, given_up], return_when=asyncio.FIRST_COMPLETED)
        given_up.cancel()
        if answer.done():
            return answer.result()
        answer.cancel()
        return TurnReply(answer=None)

    async def _give_up(self, activation: Activation) -> None:
        await activation.moving.wait()
