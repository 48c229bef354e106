from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.jobs import Job, Registration
from actorproof.harness.runtimes.simulated.scheduler import Scheduler

EARLY_NS = 200_000_000


class ReminderEarly(Scheduler):
    """Reminders come a fifth of a second too early.

    Breaks `reminders`: none is invoked before it is due.
    """

    def job(self, actor: str, name: str, registration: Registration) -> Job:
        return super().job(actor, name, replace(registration, due_ns=registration.due_ns - EARLY_NS))
