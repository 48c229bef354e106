from __future__ import annotations

from actorproof.harness.runtimes.simulated.jobs import Job
from actorproof.harness.runtimes.simulated.scheduler import Scheduler


class DeliveredAtMostOnce(Scheduler):
    """A tick counts as served when it is sent.

    Breaks `reminders`: one that is lost on its way never comes.
    """

    async def deliver(self, job: Job, term: int) -> None:
        self._process.spawn(self.offer(job))
        self.served(job)
