from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerBesideTurns(Timers):
    """Callbacks run beside other turns of their actor.

    Breaks `turns`: a callback is a turn.
    """

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return nullcontext()
