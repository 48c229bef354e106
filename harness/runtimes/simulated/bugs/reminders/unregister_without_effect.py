from __future__ import annotations

from actorproof.harness.runtimes.simulated.scheduler import Scheduler


class UnregisterWithoutEffect(Scheduler):
    """An unregistered reminder goes on.

    Breaks `reminders`: no tick that is due after an acknowledged unregistration comes.
    """

    def forget(self, actor: str, name: str) -> None:
        """Keep it."""
