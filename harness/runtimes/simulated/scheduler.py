"""Scheduler: reminders, kept durably and delivered at least once, never before they are due.

A tick is delivered until a turn has served it; only then the next one counts from its due time, so ticks that fell due
while nobody could be reached come back to back. What was registered outlives every replica.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.drivers.simulated.network import Link, Network, Port
from actorproof.harness.drivers.simulated.process import Process
from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.bugs import Bugs
from actorproof.harness.runtimes.simulated.quorum import BEAT_S, Quorum

RETRY_S = 0.1
DELIVERY_TIMEOUT_S = 5.0
_WATCHED_NS = 2_500_000_000
_IDLE_S = 0.5
_S_NS = 1_000_000_000
# Of bugs: how much too early, how much later once more, and how many deliveries at the most.
_EARLY_NS = 200_000_000
_AGAIN_NS = 12_000_000_000
_DELIVERIES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
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


@dataclass(slots=True)
class Jobs:
    """What the replicas agreed upon, and which hosts may deliver, with the last time that each was heard of."""

    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)


class Deliverer(Protocol):
    """What the scheduler asks of a sidecar."""

    async def remind(self, actor: str, name: str, data: str, until_ns: int) -> bool:
        """Have a turn serve a tick, begun before `until_ns`; whether it did."""


class Scheduler:
    """One replica's program."""

    def __init__(
        self,
        process: Process,
        *,
        name: str,
        quorum: Quorum,
        jobs: Jobs,
        deliverers: Mapping[str, Port[Deliverer]],
        link: Link,
        rng: random.Random,
        network: Network,
        loop: VirtualLoop,
        bugs: Bugs,
    ) -> None:
        self._process = process
        self._name = name
        self._quorum = quorum
        self._jobs = jobs
        self._deliverers = deliverers
        self._link = link
        self._network = network
        self._loop = loop
        self._bugs = bugs
        self._heard: dict[str, int] = {}
        self._rng = rng
        self._wake = asyncio.Event()

    async def main(self) -> int:
        """Take part until asked to end; deliver while leading."""
        self._process.listening = True
        if self._bugs.on("reminders-in-memory"):
            self._jobs.jobs.clear()
        self._process.spawn(self._deliver_all())
        while not self._process.stopping.is_set():
            self._quorum.beat(self._name)
            self._process.ready = True
            await asyncio.sleep(BEAT_S)
        return 0

    # ---- what sidecars ask

    async def watch(self, host: str) -> bool:
        """A host may be given ticks; whether this replica leads."""
        self._heard[host] = self._loop.now_ns
        self._wake.set()
        return self._leads

    async def register(self, actor: str, name: str, asked: Asked) -> bool | None:
        """Register, or replace, a reminder; None from a replica that doesn't lead."""
        if not self._leads:
            return None
        now_ns = self._loop.now_ns
        repetitions = asked.repetitions if asked.period_ns is not None else 1
        self._jobs.jobs[actor, name] = Job(
            actor=actor,
            name=name,
            due_ns=now_ns + asked.due_ns - (_EARLY_NS if self._bugs.on("reminder-early") else 0),
            period_ns=asked.period_ns,
            left=repetitions,
            until_ns=None if asked.ttl_ns is None else now_ns + asked.ttl_ns,
            data="null" if self._bugs.on("payload-lost") else asked.data,
        )
        self._wake.set()
        return True

    async def unregister(self, actor: str, name: str) -> bool | None:
        """Forget a reminder; None from a replica that doesn't lead."""
        if not self._leads:
            return None
        if not self._bugs.on("unregister-without-effect"):
            self._jobs.jobs.pop((actor, name), None)
        return True

    # ---- while leading

    @property
    def _leads(self) -> bool:
        return self._quorum.leads(self._name, self._quorum.term)

    async def _deliver_all(self) -> None:
        """Start the delivery of each tick when it is due."""
        term = 0
        while True:
            now_ns = self._loop.now_ns
            next_ns = now_ns + round(_IDLE_S * _S_NS)
            if self._leads and self._watchers(now_ns):
                if term != self._quorum.term:
                    # Whatever an older leader was delivering is delivered once more.
                    term = self._quorum.term
                    for job in self._jobs.jobs.values():
                        job.delivering = False
                    if self._bugs.on("overdue-reminder-skipped"):
                        self._skip_overdue(now_ns)
                for job in list(self._jobs.jobs.values()):
                    if job.delivering:
                        continue
                    if job.due_ns <= now_ns:
                        job.delivering = True
                        self._process.spawn(self._deliver(job, term))
                    else:
                        next_ns = min(next_ns, job.due_ns)
            self._wake.clear()
            try:
                async with asyncio.timeout_at(next_ns / _S_NS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _watchers(self, now_ns: int) -> list[str]:
        return [host for host, heard_ns in self._heard.items() if now_ns - heard_ns <= _WATCHED_NS]

    async def _deliver(self, job: Job, term: int) -> None:
        """Deliver one tick until it is served, or nobody wants it any more."""
        if job.until_ns is not None and job.due_ns > job.until_ns:
            self._forget(job)
            return
        if self._bugs.on("delivered-at-most-once"):
            self._process.spawn(self._offer(job))
            self._serve(job)
            return
        deliveries = 0
        while self._wants(job, term):
            deliveries += 1
            if await self._offer(job) or (deliveries == _DELIVERIES and self._bugs.on("delivery-gives-up")):
                if self._wants(job, term):
                    self._serve(job)
                return
            await asyncio.sleep(RETRY_S)

    def _wants(self, job: Job, term: int) -> bool:
        return self._jobs.jobs.get((job.actor, job.name)) is job and self._quorum.leads(self._name, term)

    async def _offer(self, job: Job) -> bool:
        watchers = self._watchers(self._loop.now_ns)
        if not watchers:
            return False
        port = self._deliverers[self._rng.choice(watchers)]
        until_ns = self._loop.now_ns + round(DELIVERY_TIMEOUT_S * _S_NS)
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                return await self._network.request(
                    port, lambda sidecar: sidecar.remind(job.actor, job.name, job.data, until_ns), link=self._link
                )
        except (RefusedError, CutOffError, TimeoutError):
            return False

    def _serve(self, job: Job) -> None:
        """A tick was served: the next one counts from when this one was due."""
        job.delivering = False
        if job.left is not None:
            job.left -= 1
        if job.left == 0 or job.period_ns is None:
            if self._bugs.on("reminder-comes-again"):
                job.left, job.due_ns = 1, job.due_ns + _AGAIN_NS
                return
            self._forget(job)
            return
        job.due_ns += job.period_ns
        self._wake.set()

    def _skip_overdue(self, now_ns: int) -> None:
        """Drop the ticks that fell due before now."""
        for job in [job for job in self._jobs.jobs.values() if job.due_ns < now_ns]:
            self._serve(job)

    def _forget(self, job: Job) -> None:
        if self._jobs.jobs.get((job.actor, job.name)) is job:
            del self._jobs.jobs[job.actor, job.name]
