"""Scheduler: reminders, kept durably and delivered at least once, never before they are due.

A tick is delivered until a turn has served it; only then the next one counts from its due time, so ticks that fell due
while nobody could be reached come back to back. What was registered outlives every replica (see `jobs`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Protocol

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.jobs import Job, Jobs, Registration
from actorproof.harness.runtimes.simulated.quorum import BEAT_S, Quorum
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process

RETRY_S = 0.1
DELIVERY_TIMEOUT_S = 5.0
_WATCHED_NS = 2_500_000_000
_IDLE_S = 0.5
_S_NS = 1_000_000_000


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
    ) -> None:
        self._process = process
        self._name = name
        self._quorum = quorum
        self._jobs = jobs
        self._deliverers = deliverers
        self._link = link
        self._rng = rng
        self._network = network
        self._loop = loop
        self._heard: dict[str, int] = {}
        self._wake = asyncio.Event()

    async def main(self) -> int:
        """Take part until asked to end; deliver while leading."""
        self._process.listening = True
        self.recover()
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

    async def register(self, actor: str, name: str, registration: Registration) -> bool | None:
        """Register, or replace, a reminder; None from a replica that doesn't lead."""
        if not self._leads:
            return None
        self._jobs.add(self.job(actor, name, registration))
        self._wake.set()
        return True

    async def unregister(self, actor: str, name: str) -> bool | None:
        """Forget a reminder; None from a replica that doesn't lead."""
        if not self._leads:
            return None
        self.forget(actor, name)
        return True

    # ---- steps

    def recover(self) -> None:
        """A replica starts: every reminder is there still."""

    def job(self, actor: str, name: str, registration: Registration) -> Job:
        """What a registration asks for: its ticks count from now."""
        now_ns = self._loop.now_ns
        return Job(
            actor=actor,
            name=name,
            due_ns=now_ns + registration.due_ns,
            period_ns=registration.period_ns,
            left=registration.repetitions if registration.period_ns is not None else 1,
            until_ns=None if registration.ttl_ns is None else now_ns + registration.ttl_ns,
            data=registration.data,
        )

    def forget(self, actor: str, name: str) -> None:
        """No tick of an unregistered reminder is delivered any more."""
        self._jobs.jobs.pop((actor, name), None)

    def take_over(self) -> None:
        """Whatever an older leader was delivering is delivered once more."""
        for job in self._jobs.jobs.values():
            job.delivering = False

    async def deliver(self, job: Job, term: int) -> None:
        """Offer a tick until it is served, or nobody wants it any more."""
        while self._wants(job, term):
            if await self.offer(job):
                if self._wants(job, term):
                    self.served(job)
                return
            await asyncio.sleep(RETRY_S)

    async def offer(self, job: Job) -> bool:
        """Have some host's actor serve a tick; whether it did."""
        watchers = self._watchers()
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

    def served(self, job: Job) -> None:
        """A tick was served: the next one counts from when this one was due."""
        job.delivering = False
        if job.left is not None:
            job.left -= 1
        if job.left == 0 or job.period_ns is None:
            self.finished(job)
            return
        job.due_ns += job.period_ns
        self._wake.set()

    def finished(self, job: Job) -> None:
        """The last tick was served: it is forgotten."""
        self._jobs.remove(job)

    # ---- while leading

    @property
    def _leads(self) -> bool:
        return self._quorum.leads(self._name, self._quorum.term)

    async def _deliver_all(self) -> None:
        """Start the delivery of each tick when it is due."""
        term = 0
        while True:
            next_ns = self._loop.now_ns + round(_IDLE_S * _S_NS)
            if self._leads and self._watchers():
                if term != self._quorum.term:
                    term = self._quorum.term
                    self.take_over()
                next_ns = self._start_due(term, next_ns)
            self._wake.clear()
            try:
                async with asyncio.timeout_at(next_ns / _S_NS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _start_due(self, term: int, next_ns: int) -> int:
        """Deliver what is due now; when to look again, at the latest at `next_ns`."""
        now_ns = self._loop.now_ns
        for job in list(self._jobs.jobs.values()):
            if job.delivering:
                continue
            if job.due_ns <= now_ns:
                job.delivering = True
                self._process.spawn(self._tick(job, term))
            else:
                next_ns = min(next_ns, job.due_ns)
        return next_ns

    async def _tick(self, job: Job, term: int) -> None:
        if job.expired:
            self._jobs.remove(job)
        else:
            await self.deliver(job, term)

    def _watchers(self) -> list[str]:
        """The hosts that were heard of lately."""
        now_ns = self._loop.now_ns
        return [host for host, heard_ns in self._heard.items() if now_ns - heard_ns <= _WATCHED_NS]

    def _wants(self, job: Job, term: int) -> bool:
        return self._jobs.has(job) and self._quorum.leads(self._name, term)
