"""Dissemination: brings a new table to all hosts in three phases: lock, update, unlock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.placement.agreed import Agreed
from actorproof.harness.runtimes.simulated.placement.member import Member
from actorproof.harness.runtimes.simulated.table import Table
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process

Tell = Callable[[Member], Awaitable[None]]
_ASK_AGAIN_S = 0.1
_LOCK_TIMEOUT_S = 1.0
_TELL_TIMEOUT_S = 0.5


class Dissemination:
    """The leader's way to the hosts. `leads` says whether it leads in a term."""

    def __init__(
        self,
        process: Process,
        *,
        agreed: Agreed,
        members: Mapping[str, tuple[Port[Member], Link]],
        network: Network,
        leads: Callable[[int], bool],
        changed: Callable[[], None],
    ) -> None:
        self._process = process
        self._agreed = agreed
        self._members = members
        self._network = network
        self._leads = leads
        self._changed = changed

    async def run(self, term: int) -> bool:
        """Bring the table to what is wanted; whether it was agreed upon."""
        before = self._agreed.table
        table = self._agreed.propose()
        self._changed()
        locks = [
            self._process.spawn(self._lock(host, session, term, before, table))
            for host, session in before.hosts.items()
        ]
        if locks:
            await self.drained(locks)
        if not self._leads(term):
            return False
        self._agreed.table = table
        self._changed()
        everybody = {**before.hosts, **table.hosts}
        for phase in (_update, _unlock):
            await asyncio.gather(*(self._tell(host, phase(session, table)) for host, session in everybody.items()))
        return True

    # ---- steps

    async def drained(self, locks: Sequence[asyncio.Task[Any]]) -> None:
        """Wait until every old owner has given its actors back, or may not serve them any more."""
        await asyncio.wait(locks)

    async def _lock(self, host: str, session: int, term: int, base: Table, table: Table) -> None:
        """Ask a host until it has drained, or may not serve actors any more."""
        port, link = self._members[host]
        while self._agreed.may_serve(host, session) and self._leads(term):
            try:
                async with asyncio.timeout(_LOCK_TIMEOUT_S):
                    done = await self._network.request(
                        port, lambda member: member.lock(session, base, table), link=link
                    )
            except (RefusedError, CutOffError, TimeoutError):
                done = False
            if done:
                return
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _tell(self, host: str, tell: Tell) -> None:
        """Tell a host once; one that doesn't hear it learns it with its next heartbeat."""
        port, link = self._members[host]
        try:
            async with asyncio.timeout(_TELL_TIMEOUT_S):
                await self._network.request(port, tell, link=link)
        except (RefusedError, CutOffError, TimeoutError):
            return


def _update(session: int, table: Table) -> Tell:
    return lambda member: member.update(session, table)


def _unlock(session: int, table: Table) -> Tell:
    return lambda member: member.unlock(session, table.version)
