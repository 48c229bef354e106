from __future__ import annotations

from actorproof.harness.runtimes.simulated.scheduler import Scheduler


class OverdueReminderSkipped(Scheduler):
    """What fell due while no scheduler ran is skipped.

    Breaks `reminders`: a tick is delivered at least once, late or not.
    """

    def take_over(self) -> None:
        super().take_over()
        for job in [job for job in self._jobs.jobs.values() if job.due_ns < self._loop.now_ns]:
            self.served(job)
