from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Timer
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerRemovedByAFailingCallback(Timers):
    """A callback that fails takes its timer away.

    Breaks `timers`: a failing callback does not remove the timer.
    """

    async def fire(self, activation: Activation, timer: Timer) -> bool | None:
        completed = await super().fire(activation, timer)
        if completed is False:
            self.stop(activation, timer.request.name)
        return completed
