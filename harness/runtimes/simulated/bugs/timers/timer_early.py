from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Timer
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.subjects.timers import TimerRequest

EARLY_NS = 200_000_000


class TimerEarly(Timers):
    """Timers come a fifth of a second too early.

    Breaks `timers`: none fires before it is due.
    """

    def timer(self, request: TimerRequest) -> Timer:
        timer = super().timer(request)
        timer.due_ns -= EARLY_NS
        return timer
