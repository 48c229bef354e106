from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.activations import Timer
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.subjects.timers import TimerRequest


class TimerRepetitionsIgnored(Timers):
    """A timer with a number of repetitions goes on.

    Breaks `timers`: it fires as often as was registered.
    """

    def timer(self, request: TimerRequest) -> Timer:
        return super().timer(replace(request, repetitions=None))
