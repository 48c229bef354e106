"""Placement: which hosts there are, and a table that changes without two hosts ever owning one actor.

A host is in the table as long as its lease is renewed. A new table is disseminated in three phases:

1. lock: every host of the old table drains the actors that move away and takes in none of them; a host that doesn't
   answer is waited for until its lease has ended, and by then it has stopped by itself;
2. update: the new table is agreed upon, and hosts get it;
3. unlock: new owners begin.

The lease of a host that has not got the newest table is not renewed before it has. What was agreed upon and every
lease outlives the leader (see `quorum`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.drivers.simulated.network import Link, Network, Port
from actorproof.harness.drivers.simulated.process import Process
from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.bugs import Bugs
from actorproof.harness.runtimes.simulated.quorum import BEAT_S, Quorum
from actorproof.harness.runtimes.simulated.table import Table

LEASE_S = 3.0
_LEASE_NS = round(LEASE_S * 1e9)
# Of a bug: how long before its end a lease counts as ended.
_EARLY_NS = 2_000_000_000
_LOOK_S = 0.1
_ASK_AGAIN_S = 0.1
_PUSH_TIMEOUT_S = 1.0
_UPDATE_TIMEOUT_S = 0.5


@dataclass(slots=True)
class Lease:
    """A host's session, and until when it may serve actors."""

    session: int
    until_ns: int


@dataclass(slots=True, kw_only=True)
class Agreed:
    """What placement's replicas agreed upon.

    Attributes:
        table: the table in force.
        proposed: the table that is being disseminated; the one in force when none is.
        wanted: the hosts that there are to be, with their sessions.
        leases: the last lease of every host.
    """

    table: Table
    proposed: Table
    wanted: dict[str, int] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer to a heartbeat.

    Attributes:
        leads: false from a replica that doesn't lead: then nothing else counts.
        renewed: the lease is renewed, counted from the heartbeat's beginning.
        table: the table in force, for a host that has not got it.
        over: the host left, and its actors are with others.
    """

    leads: bool
    term: int = 0
    renewed: bool = False
    table: Table | None = None
    over: bool = False


class Member(Protocol):
    """What placement asks of a host's sidecar."""

    async def lock(self, session: int, base: Table, table: Table) -> bool:
        """Drain what moves away from the table in force, `base`, to a new one; whether that is done."""

    async def update(self, session: int, table: Table) -> None:
        """A table is in force; actors that moved here stay locked."""

    async def unlock(self, session: int, version: int) -> None:
        """New owners may begin."""


class Placement:
    """One replica's program."""

    def __init__(
        self,
        process: Process,
        *,
        name: str,
        quorum: Quorum,
        agreed: Agreed,
        members: Mapping[str, tuple[Port[Member], Link]],
        network: Network,
        loop: VirtualLoop,
        bugs: Bugs,
        changed: Callable[[], None],
    ) -> None:
        self._process = process
        self._name = name
        self._quorum = quorum
        self._agreed = agreed
        self._members = members
        self._network = network
        self._loop = loop
        self._bugs = bugs
        self._changed = changed

    async def main(self) -> int:
        """Take part until asked to end; rule while leading."""
        self._process.listening = True
        self._process.spawn(self._rule())
        if self._quorum.term and self._bugs.on("restarted-placement-never-leads"):
            self._process.ready = True
            await self._process.stopping.wait()
        while not self._process.stopping.is_set():
            if self._quorum.leader in {None, self._name} or not self._bugs.on("nobody-takes-over"):
                self._quorum.beat(self._name)
            self._process.ready = True
            await asyncio.sleep(BEAT_S)
        return 0

    async def heartbeat(self, host: str, session: int, version: int, *, leaving: bool) -> Grant:
        """A host's session is alive, with the table of that version; `leaving` asks to be left out."""
        agreed, term = self._agreed, self._quorum.term
        if not self._quorum.leads(self._name, term):
            return Grant(leads=False)
        lease = agreed.leases.get(host)
        if lease is None or lease.session < session:
            # The host's application has no turn of an older session any more: that is asked before a session begins.
            lease = agreed.leases[host] = Lease(session, 0)
        if lease.session > session:
            return Grant(leads=True, term=term, over=True)
        if leaving and not self._bugs.on("leave-ignored"):
            if agreed.wanted.get(host) == session:
                del agreed.wanted[host]
            if host not in agreed.table.hosts and host not in agreed.proposed.hosts:
                return Grant(leads=True, term=term, over=True)
        else:
            agreed.wanted[host] = session
        if version < agreed.table.version:
            return Grant(leads=True, term=term, table=agreed.table)
        lease.until_ns = self._loop.now_ns + _LEASE_NS
        return Grant(leads=True, term=term, renewed=True)

    # ---- while leading

    async def _rule(self) -> None:
        ruled = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            term = self._quorum.term
            if not self._quorum.leads(self._name, term):
                continue
            agreed = self._agreed
            now_ns = self._loop.now_ns
            for host in [h for h, s in agreed.wanted.items() if not self._holds(h, s, now_ns)]:
                del agreed.wanted[host]
            # Whoever begins to lead disseminates once more: a host may have locked itself for a table that never came.
            if ruled != term or agreed.wanted != agreed.table.hosts:
                ruled = term if await self._disseminate(term) else 0

    def _holds(self, host: str, session: int, now_ns: int) -> bool:
        """Whether a host's session may still serve actors."""
        lease = self._agreed.leases.get(host)
        if lease is not None and self._bugs.on("leave-ignored"):
            return lease.session == session
        early_ns = _EARLY_NS if self._bugs.on("silent-taken-for-dead") else 0
        return lease is not None and lease.session == session and lease.until_ns - early_ns > now_ns

    async def _disseminate(self, term: int) -> bool:
        """Bring the table to what is wanted; whether it was agreed upon."""
        agreed = self._agreed
        before = agreed.table
        table = Table(version=agreed.proposed.version + 1, hosts=dict(agreed.wanted), bugs=self._bugs)
        agreed.proposed = table
        self._changed()
        locks = [
            self._process.spawn(self._lock(host, session, term, before, table))
            for host, session in before.hosts.items()
        ]
        if locks and not self._bugs.on("activation-before-drain"):
            await asyncio.wait(locks, timeout=0.3 if self._bugs.on("drain-awaited-briefly") else None)
        if not self._quorum.leads(self._name, term):
            return False
        agreed.table = table
        self._changed()
        everybody = {**before.hosts, **table.hosts}
        for phase in (_update, _unlock):
            await asyncio.gather(*(self._tell(host, phase(session, table)) for host, session in everybody.items()))
        return True

    async def _lock(self, host: str, session: int, term: int, base: Table, table: Table) -> None:
        """Ask a host until it has drained, or may not serve actors any more."""
        port, link = self._members[host]
        while self._holds(host, session, self._loop.now_ns) and self._quorum.leads(self._name, term):
            try:
                async with asyncio.timeout(_PUSH_TIMEOUT_S):
                    done = await self._network.request(
                        port, lambda member: member.lock(session, base, table), link=link
                    )
            except (RefusedError, CutOffError, TimeoutError):
                done = False
            if done:
                return
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _tell(self, host: str, phase: Phase) -> None:
        """Tell a host once; one that doesn't hear it learns it with its next heartbeat."""
        port, link = self._members[host]
        try:
            async with asyncio.timeout(_UPDATE_TIMEOUT_S):
                await self._network.request(port, phase, link=link)
        except (RefusedError, CutOffError, TimeoutError):
            return


class Phase(Protocol):
    """What to ask of a member."""

    async def __call__(self, member: Member) -> None: ...


def _update(session: int, table: Table) -> Phase:
    async def phase(member: Member) -> None:
        await member.update(session, table)

    return phase


def _unlock(session: int, table: Table) -> Phase:
    async def phase(member: Member) -> None:
        await member.unlock(session, table.version)

    return phase
