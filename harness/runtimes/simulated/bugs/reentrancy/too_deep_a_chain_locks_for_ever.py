from __future__ import annotations

import asyncio
from functools import cached_property

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import TOO_DEEP, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy


class TooDeepAChainLocksForEver(Reentrancy):
    """An actor stays locked when a chain has failed there at its depth.

    Breaks `reentrancy`: a stranger's call is answered after that.
    """

    @cached_property
    def _locked(self) -> set[Activation]:
        return set()

    async def enter(self, activation: Activation, call: Call) -> Served:
        if activation in self._locked:
            await asyncio.Event().wait()
        return await super().enter(activation, call)

    async def enter_again(self, activation: Activation, call: Call) -> Served:
        served = await super().enter_again(activation, call)
        if served is TOO_DEEP:
            self._locked.add(activation)
        return served
