from __future__ import annotations

from actorproof.harness.runtimes.simulated.jobs import Job
from actorproof.harness.runtimes.simulated.scheduler import Scheduler

AGAIN_NS = 12_000_000_000


class ReminderComesAgain(Scheduler):
    """A reminder that is over comes once more, twelve seconds later.

    Breaks `reminders`: its number of invocations was exhausted.
    """

    def finished(self, job: Job) -> None:
        job.left, job.due_ns = 1, job.due_ns + AGAIN_NS
