from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Timer
from actorproof.harness.runtimes.simulated.sidecar.host import S_NS
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerAtAFixedRate(Timers):
    """A period begins when the one before is over, not when its callback has finished.

    Breaks `timers`: the next period starts when the callback has finished.
    """

    def next_due_ns(self, timer: Timer) -> int:
        return timer.due_ns + round((timer.request.period_s or 0.0) * S_NS)
