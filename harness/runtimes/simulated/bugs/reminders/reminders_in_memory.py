from __future__ import annotations

from actorproof.harness.runtimes.simulated.scheduler import Scheduler


class RemindersInMemory(Scheduler):
    """A scheduler that is killed forgets its reminders.

    Breaks `reminders`: they come until they are unregistered.
    """

    def recover(self) -> None:
        self._jobs.jobs.clear()
