"""Jobs: reminders as they are registered, and what the scheduler's replicas agreed upon."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A reminder as it is registered. Durations in nanoseconds."""

    due_ns: int
    period_ns: int | None = None
    repetitions: int | None = None
    ttl_ns: int | None = None
    data: str = "null"


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One registered reminder: when its next tick is due, and how many are left (None: no end)."""

    actor: str
    name: str
    due_ns: int
    period_ns: int | None
    left: int | None
    until_ns: int | None
    data: str
    delivering: bool = False

    @property
    def expired(self) -> bool:
        """Whether its time to live ends before its next tick."""
        return self.until_ns is not None and self.due_ns > self.until_ns


@dataclass(slots=True)
class Jobs:
    """The reminders that there are, by actor and name. They outlive every replica."""

    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)

    def add(self, job: Job) -> None:
        """Register, or replace."""
        self.jobs[job.actor, job.name] = job

    def has(self, job: Job) -> bool:
        """Whether a job is registered still, and not replaced by another one."""
        return self.jobs.get((job.actor, job.name)) is job

    def remove(self, job: Job) -> None:
        """Forget a job, unless another one took its place."""
        if self.has(job):
            del self.jobs[job.actor, job.name]
