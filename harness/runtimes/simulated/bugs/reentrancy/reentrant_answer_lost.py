from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import TOO_DEEP, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy


class ReentrantAnswerLost(Reentrancy):
    """A reentrant call is run, and never answered.

    Breaks `reentrancy`: A->B->A completes.
    """

    async def enter_again(self, activation: Activation, call: Call) -> Served:
        served = await super().enter_again(activation, call)
        if served is not TOO_DEEP:
            await asyncio.Event().wait()
        return served
