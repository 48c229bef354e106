"""SimView: what the simulated runtime says of itself, journaled at the instant at which it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from actorproof.harness.history.events import SidecarObserved, TableObserved
from actorproof.harness.history.journal import Journal
from actorproof.harness.runtimes.simulated.placement.agreed import Agreed
from actorproof.harness.runtimes.simulated.placement.replica import Placement
from actorproof.harness.runtimes.simulated.quorum import Quorum
from actorproof.harness.runtimes.simulated.sidecar.sidecar import Sidecar
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Port
from actorproof.harness.simulation.process import Process

POLL_S = 0.1


class SimView:
    """Implements `actorproof.harness.runtimes.port.View`. `changed` has it look again."""

    def __init__(
        self,
        *,
        quorum: Quorum,
        agreed: Agreed,
        placements: Mapping[str, Port[Placement]],
        sidecars: Mapping[str, Port[Sidecar]],
        journal: Journal,
        loop: VirtualLoop,
    ) -> None:
        self._quorum = quorum
        self._agreed = agreed
        self._placements = placements
        self._sidecars = sidecars
        self._journal = journal
        self._loop = loop
        self._look = asyncio.Event()
        self._failure: BaseException | None = None
        self._tables: dict[str, tuple[bool, int, tuple[str, ...]]] = {}
        self._seen: dict[str, tuple[bool, bool, bool]] = {}

    def changed(self) -> None:
        """Something may look different now."""
        self._look.set()

    def failed(self, error: BaseException) -> None:
        """A simulated program made a mistake: the run ends with it."""
        self._failure = self._failure or error
        self._look.set()

    async def run(self) -> None:
        """Journal each change, until cancelled. Raises what went wrong in the simulation itself."""
        while True:
            self._look.clear()
            if self._failure is not None:
                raise self._failure
            self._write_tables()
            self._write_sidecars()
            await self._look.wait()

    async def leader(self) -> str | None:
        """The placement replica that leads now."""
        leader = self._quorum.leader
        runs = leader is not None and _answers(self._placements[leader].process)
        return leader if runs and leader is not None and self._quorum.leads(leader, self._quorum.term) else None

    async def settled(self, timeout_s: float, *, hosts: Collection[str] | None = None) -> bool:
        """Whether all come to go by one table that has exactly these hosts, within `timeout_s`."""
        deadline_ns = self._loop.now_ns + round(timeout_s * 1e9)
        while not await self._agrees(hosts):
            if self._loop.now_ns >= deadline_ns:
                return False
            await asyncio.sleep(POLL_S)
        return True

    async def _agrees(self, expected: Collection[str] | None) -> bool:
        if await self.leader() is None:
            return False
        table = self._agreed.table
        running = {host: port.program for host, port in self._sidecars.items() if _answers(port.process)}
        wanted = sorted(running) if expected is None else sorted(expected)
        return (
            self._agreed.proposed is table
            and sorted(table.hosts) == wanted
            and all(
                sidecar is not None and sidecar.ready and sidecar.agrees_on == table.version
                for sidecar in running.values()
            )
        )

    def _write_tables(self) -> None:
        table = self._agreed.proposed
        for name, port in self._placements.items():
            if not _answers(port.process):
                continue
            leads = self._quorum.leader == name
            sight = (leads, table.version if leads else 0, tuple(sorted(table.hosts)) if leads else ())
            if self._tables.get(name) != sight:
                self._tables[name] = sight
                self._journal.write(TableObserved, placement=name, leader=sight[0], version=sight[1], hosts=sight[2])

    def _write_sidecars(self) -> None:
        for host, port in self._sidecars.items():
            sidecar = port.program
            if sidecar is None or not _answers(port.process):
                sight = (False, False, False)
            else:
                sight = (True, sidecar.connected, sidecar.ready)
            if self._seen.get(host) != sight:
                self._seen[host] = sight
                self._journal.write(
                    SidecarObserved, host=host, answers=sight[0], placement_connected=sight[1], host_ready=sight[2]
                )


def _answers(process: Process | None) -> bool:
    return process is not None and not process.dead and not process.paused
