"""World: one topology as simulated units and links, and what a session needs beside them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal, journal_name
from actorproof.harness.history.traits import READERS_BESIDE_WRITERS
from actorproof.harness.runtimes.simulated.app.access import AppPeers, AppState, AppTimers
from actorproof.harness.runtimes.simulated.app.app import App
from actorproof.harness.runtimes.simulated.commits import SimCommits
from actorproof.harness.runtimes.simulated.jobs import Jobs
from actorproof.harness.runtimes.simulated.lease import Lease
from actorproof.harness.runtimes.simulated.parts import Parts
from actorproof.harness.runtimes.simulated.placement.agreed import Agreed
from actorproof.harness.runtimes.simulated.placement.replica import Placement
from actorproof.harness.runtimes.simulated.quorum import Quorum
from actorproof.harness.runtimes.simulated.scheduler import Scheduler
from actorproof.harness.runtimes.simulated.sidecar.host import Host, Neighbours, Settings
from actorproof.harness.runtimes.simulated.sidecar.sidecar import Sidecar
from actorproof.harness.runtimes.simulated.store import Disk, Store
from actorproof.harness.runtimes.simulated.table import Ring
from actorproof.harness.runtimes.simulated.transport import SimTransport
from actorproof.harness.runtimes.simulated.view import SimView
from actorproof.harness.simulation.clock import ORIGIN, SimClock
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process
from actorproof.harness.simulation.unit import UnitPlan
from actorproof.harness.subjects.breakage import breakage
from actorproof.harness.subjects.engine import Engine
from actorproof.harness.subjects.own import subjects_with
from actorproof.harness.subjects.witness import Mark, Witness

P = TypeVar("P")
STORE = "store"
SIDECAR_GRACE_S = 12.0


class World:
    """Implements `actorproof.harness.runtimes.port.Simulation`. `parts` are what the runtime is made of."""

    def __init__(
        self,
        topology: Topology,
        *,
        parts: Parts,
        seed: int,
        rng: random.Random,
        folder: RunFolder,
        journal: Journal,
        loop: VirtualLoop,
    ) -> None:
        self._topology = topology
        self._parts = parts
        self._folder = folder
        self._loop = loop
        self._rng = rng
        self._sessions = 0
        self.links: dict[str, Link] = {}
        hosts = topology.host_names
        self._store: Port[Store] = Port(STORE)
        self._placements: dict[str, Port[Placement]] = {n: Port(n) for n in _numbered("placement", topology.placements)}
        # Where the version has no scheduler, one that no fault is aimed at keeps the reminders.
        replicas = topology.schedulers or 1
        self._schedulers: dict[str, Port[Scheduler]] = {n: Port(n) for n in _numbered("scheduler", replicas)}
        self._apps: dict[str, Port[App]] = {host: Port(f"{host}/app") for host in hosts}
        self._sidecars: dict[str, Port[Sidecar]] = {host: Port(f"{host}/sidecar") for host in hosts}
        self._agreed = parts.of(Agreed)(ring=parts.of(Ring)(), loop=loop)
        self._disk = parts.of(Disk)(loop)
        self._jobs = Jobs()
        self._placement_quorum = Quorum(list(self._placements), loop=loop, changed=self.changed)
        self._scheduler_quorum = Quorum(list(self._schedulers), loop=loop)
        self.view = SimView(
            quorum=self._placement_quorum,
            agreed=self._agreed,
            placements=self._placements,
            sidecars=self._sidecars,
            journal=journal,
            loop=loop,
        )
        self.commits = SimCommits(journal, loop=loop)
        self.network = parts.of(Network)(
            loop,
            rng=random.Random(f"{seed}/network"),  # noqa: S311 - a reproducible choice, no secret
            failed=self.view.failed,
        )
        self._make_links()
        self.units = self._plans()
        self.transport = SimTransport(
            {host: (port, self.links[f"client>{host}"]) for host, port in self._sidecars.items()},
            network=self.network,
        )

    # ---- links

    def _make_links(self) -> None:
        for host in self._topology.host_names:
            self._link(f"client>{host}", f"{host}/sidecar")
            self._link(f"{host}>app", f"{host}/app")
            self._link(f"{host}>store", STORE)
            for name in self._placements:
                self._link(f"{host}>{name}", name)
            self._link(f"peers>{host}", f"{host}/sidecar", listed=self._topology.peers_proxied)
        for name in self._schedulers:
            self._link(f"hosts>{name}", name, listed=self._topology.schedulers > 0)

    def _link(self, name: str, server: str, *, listed: bool = True) -> None:
        self.links[name] = Link(name, server, rng=self._rng, listed=listed and self._topology.proxied)

    # ---- units

    def _plans(self) -> list[UnitPlan]:
        plans: list[UnitPlan] = [UnitPlan(name=STORE, port=self._store, make=self._make_store)]
        plans += [
            UnitPlan(name=name, port=port, make=self._maker(self._make_placement, name))
            for name, port in self._placements.items()
        ]
        plans += [
            UnitPlan(name=name, port=port, make=self._maker(self._make_scheduler, name))
            for name, port in self._schedulers.items()
        ]
        for number, host in enumerate(self._topology.host_names, start=1):
            initial = number <= self._topology.hosts
            plans.append(
                UnitPlan(
                    name=f"{host}/app", port=self._apps[host], make=self._maker(self._make_app, host), initial=initial
                )
            )
            plans.append(
                UnitPlan(
                    name=f"{host}/sidecar",
                    port=self._sidecars[host],
                    make=self._maker(self._make_sidecar, host),
                    grace_s=SIDECAR_GRACE_S,
                    initial=initial,
                    wave=1,
                )
            )
        return plans

    @staticmethod
    def _maker(make: Callable[[str, Process, int], P], name: str) -> Callable[[Process, int], P]:
        return lambda process, incarnation: make(name, process, incarnation)

    def _make_store(self, process: Process, _: int) -> Store:
        return self._parts.of(Store)(process, disk=self._disk, committed=self.commits.committed)

    def _make_placement(self, name: str, process: Process, _: int) -> Placement:
        return self._parts.of(Placement)(
            process,
            name=name,
            quorum=self._placement_quorum,
            agreed=self._agreed,
            members={host: (port, self.links[f"{host}>{name}"]) for host, port in self._sidecars.items()},
            network=self.network,
            changed=self.changed,
            parts=self._parts,
        )

    def _make_scheduler(self, name: str, process: Process, _: int) -> Scheduler:
        return self._parts.of(Scheduler)(
            process,
            name=name,
            quorum=self._scheduler_quorum,
            jobs=self._jobs,
            deliverers=self._sidecars,
            link=self.links[f"hosts>{name}"],
            rng=self._rng,
            network=self.network,
            loop=self._loop,
        )

    def _make_app(self, host: str, process: Process, incarnation: int) -> App:
        name = f"{host}/app#{incarnation}"
        journal = Journal.open(self._folder.raw / journal_name(name), process=name, clock=SimClock(), origin=ORIGIN)
        process.at_exit.append(journal.close)
        nonces = random.Random(f"{name}/nonces")  # noqa: S311 - no secret
        witness = Witness(journal, process=name, nonce=lambda: f"{nonces.getrandbits(64):016x}")

        def engine_of(state_of: Callable[[str, Mark], AppState], timers_of: Callable[[str], AppTimers]) -> Engine:
            return self._parts.of(Engine)(
                witness=witness,
                state_of=state_of,
                timers_of=timers_of,
                peers=AppPeers(sidecar=self._sidecars[host], network=self.network),
                breakage=breakage(self._topology.breakage, witness),
                behaviours=self._topology.behaviours,
                types=subjects_with(self._topology.subject_module),
            )

        return self._parts.of(App)(
            process,
            witness=witness,
            engine_of=engine_of,
            sidecar=self._sidecars[host],
            network=self.network,
            lease=self._parts.of(Lease)(self._loop),
        )

    def _make_sidecar(self, host: str, process: Process, _: int) -> Sidecar:
        topology = self._topology
        made = Host(
            process,
            name=host,
            neighbours=Neighbours(
                app=self._apps[host],
                app_link=self.links[f"{host}>app"],
                store=self._store,
                store_link=self.links[f"{host}>store"],
                placements=[(port, self.links[f"{host}>{name}"]) for name, port in self._placements.items()],
                schedulers=[(port, self.links[f"hosts>{name}"]) for name, port in self._schedulers.items()],
                peers={name: (port, self.links[f"peers>{name}"]) for name, port in self._sidecars.items()},
            ),
            settings=Settings(
                idle_timeout_s=topology.idle_timeout_s,
                drain_timeout_s=topology.drain_timeout_s,
                drain_enabled=topology.drain_enabled,
                reentrancy=topology.reentrancy,
                max_stack_depth=topology.max_stack_depth,
                reentrancy_exceptions=topology.reentrancy_exceptions,
                idle_timeouts_s={entity.type: entity.idle_timeout_s for entity in topology.entities},
                readers=_readers(topology),
            ),
            network=self.network,
            loop=self._loop,
            changed=self.changed,
        )
        return Sidecar(made, next_session=self._next_session, parts=self._parts)

    def _next_session(self) -> int:
        self._sessions += 1
        return self._sessions

    def changed(self) -> None:
        """A unit's status or the table may be another."""
        # The view is made after the first of those that call this.
        if hasattr(self, "view"):
            self.view.changed()


def _readers(topology: Topology) -> frozenset[tuple[str, str]]:
    """The methods that only read, each after its type, where the topology asks for them to run beside others."""
    if READERS_BESIDE_WRITERS not in topology.features:
        return frozenset()
    declared = [subject.declaration() for subject in subjects_with(topology.subject_module).values()]
    return frozenset(
        (type_.name, method.name) for type_ in declared for method in type_.methods if method.effect == "reads"
    )


def _numbered(role: str, count: int) -> list[str]:
    return [f"{role}-{number}" for number in range(count)]
