from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.jobs import Job, Registration
from actorproof.harness.runtimes.simulated.scheduler import Scheduler


class PayloadLost(Scheduler):
    """Reminders come without their data.

    Breaks `reminders`: the payload is as it was registered.
    """

    def job(self, actor: str, name: str, registration: Registration) -> Job:
        return super().job(actor, name, replace(registration, data="null"))
