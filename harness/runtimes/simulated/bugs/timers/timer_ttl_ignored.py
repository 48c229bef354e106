from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.activations import Timer
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.subjects.timers import TimerRequest


class TimerTtlIgnored(Timers):
    """A timer with a time to live goes on.

    Breaks `timers`: it ends as was registered.
    """

    def timer(self, request: TimerRequest) -> Timer:
        return super().timer(replace(request, ttl_s=None))
