from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

READS = {"read", "get", "total", "last", "hold"}


class ReadsShareTheLock(Turns):
    """Methods that read run beside other turns.

    Breaks `turns`: a turn is a turn, whether it writes or not.
    """

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return nullcontext() if call.name in READS else super().lock(activation, call)
