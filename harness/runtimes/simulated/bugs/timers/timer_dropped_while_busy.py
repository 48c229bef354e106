from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Timer
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerDroppedWhileBusy(Timers):
    """A timer that comes due while its actor is busy is taken away.

    Breaks `timers`: a callback waits for the turn before it, and is run then.
    """

    async def fire(self, activation: Activation, timer: Timer) -> bool | None:
        if not activation.lock.locked():
            return await super().fire(activation, timer)
        self.stop(activation, timer.request.name)
        return None
