"""Placement: one replica. It answers heartbeats, and disseminates a new table when the hosts are other ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from actorproof.harness.runtimes.simulated.parts import Parts
from actorproof.harness.runtimes.simulated.placement.agreed import Agreed
from actorproof.harness.runtimes.simulated.placement.dissemination import Dissemination
from actorproof.harness.runtimes.simulated.placement.member import Grant, Member
from actorproof.harness.runtimes.simulated.quorum import BEAT_S, Quorum
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process

_LOOK_S = 0.1


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
        changed: Callable[[], None],
        parts: Parts,
    ) -> None:
        self._process = process
        self._name = name
        self._quorum = quorum
        self._agreed = agreed
        self._dissemination = parts.of(Dissemination)(
            process, agreed=agreed, members=members, network=network, leads=self._leads, changed=changed
        )

    async def main(self) -> int:
        """Take part until asked to end; rule while leading."""
        self._process.listening = True
        self._process.spawn(self._rule())
        while not self._process.stopping.is_set():
            self.take_part()
            self._process.ready = True
            await asyncio.sleep(BEAT_S)
        return 0

    async def heartbeat(self, host: str, session: int, version: int, *, leaving: bool) -> Grant:
        """A host's session is alive, with the table of that version; `leaving` asks to be left out."""
        agreed, term = self._agreed, self._quorum.term
        if not self._leads(term):
            return Grant(leads=False)
        lease = agreed.lease(host, session)
        if lease.session > session:
            return Grant(leads=True, term=term, over=True)
        if not leaving:
            agreed.wanted[host] = session
        elif agreed.leave(host, session):
            return Grant(leads=True, term=term, over=True)
        if version < agreed.table.version:
            return Grant(leads=True, term=term, table=agreed.table)
        agreed.renew(lease)
        return Grant(leads=True, term=term, renewed=True)

    # ---- steps

    def take_part(self) -> None:
        """Be heard of by the other replicas, and lead when nobody else does."""
        self._quorum.beat(self._name)

    # ---- while leading

    async def _rule(self) -> None:
        agreed = self._agreed
        ruled = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            term = self._quorum.term
            if not self._leads(term):
                continue
            agreed.strike_out()
            # Whoever begins to lead disseminates once more: a host may have locked itself for a table that never came.
            if ruled != term or agreed.wanted != agreed.table.hosts:
                ruled = term if await self._dissemination.run(term) else 0

    def _leads(self, term: int) -> bool:
        return self._quorum.leads(self._name, term)
