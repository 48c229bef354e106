from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns


class StrangerEntersAChain(Turns):
    """While a reentrant call runs, other calls go on without the lock.

    Breaks `turns` and `reentrancy`: only calls of the same chain may enter.
    """

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return nullcontext() if activation.depth > 1 else super().lock(activation, call)
