from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.subjects.timers import TimerRequest


class TimerCallbackLost(Timers):
    """Timers come without the name of their callback.

    Breaks `timers`: the callback is as it was registered.
    """

    def body(self, request: TimerRequest) -> bytes:
        return super().body(replace(request, callback=""))
