from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerUnregisterWithoutEffect(Timers):
    """An unregistered timer goes on.

    Breaks `timers`: none fires after its unregistration was acknowledged.
    """

    def stop(self, activation: Activation, name: str) -> None:
        """Keep it."""
