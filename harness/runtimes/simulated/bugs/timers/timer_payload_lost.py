from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.subjects.timers import TimerRequest


class TimerPayloadLost(Timers):
    """Timers come without their data.

    Breaks `timers`: the data is as it was registered.
    """

    def body(self, request: TimerRequest) -> bytes:
        return super().body(replace(request, data=None))
