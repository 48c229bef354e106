"""The Runtime port: what a virtual-actor runtime is to the rest of the harness.

A runtime is one folder beside this file, whose module ``runtime`` has it as RUNTIME. Drivers, sessions and commands
get it by its name and know no other part of it. Nothing here says that a runtime has sidecars, or a process that
decides who owns which actor: it has units, each with a role.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from actorproof.harness.cluster.addresses import Addresses
from actorproof.harness.cluster.blueprint import Blueprint, Role
from actorproof.harness.cluster.port import Volumes, Workers
from actorproof.harness.cluster.topology import StoreName, Topology
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import Promise
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock, Transport
from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.provision.golang import Module
from actorproof.harness.provision.identity import Question
from actorproof.harness.provision.program import Kind, Programs
from actorproof.harness.request import Api
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network
from actorproof.harness.simulation.unit import UnitPlan


class View(Protocol):
    """What the runtime says of itself."""

    async def run(self) -> None:
        """Journal each change of it, until cancelled."""

    async def leader(self) -> str | None:
        """The unit that leads those that decide who owns which actor; None when none does, or none is needed."""

    async def settled(self, timeout_s: float, *, hosts: Collection[str] | None = None) -> bool:
        """Whether all parts come to agree on the hosts within `timeout_s`; None means: on those that answer."""


class Commits(Protocol):
    """What the store commits."""

    async def run(self) -> None:
        """Journal each commit, until cancelled."""

    async def finish(self) -> None:
        """Journal what can be read only while the store runs, once nobody writes any more."""

    def drain(self) -> None:
        """Journal what is left, once the store has stopped."""


class Deployed(Protocol):
    """A topology with everything about it decided, and what a session needs beside its units."""

    @property
    def blueprint(self) -> Blueprint:
        """Its units and links."""

    @property
    def volumes(self) -> Volumes | None:
        """The disks of its own that can be made bad; None where it has none."""

    @property
    def workers(self) -> Workers | None:
        """The processes that its hosts run turns in; None where those are units."""

    def view(self, journal: Journal, clock: Clock) -> AbstractAsyncContextManager[View]:
        """What the runtime says of itself; it holds connections while it is entered."""

    def transport(self) -> Transport:
        """What carries clients' requests. Make it inside a running loop."""

    def commits(self, journal: Journal, clock: Clock) -> Commits:
        """What follows the log of its store."""


class Runtime(Protocol):
    """One virtual-actor runtime.

    Attributes:
        name: as in run.json and, with a version, in the name of a list of deviations.
        title: as people write it.
        protocol: the runtime whose protocol it follows, by name: itself, or the one that it simulates. The versions and
            the claims of its users are those of that one.
        tried: the versions that somebody ran Actorproof with, newest first.
        api: how clients' requests are written for the transport that its drivers bring.
        stores: what can keep its actors' state, the usual one first.
        promises: what it promises, by guarantee; None where that is what the catalogue says, of all.
        mechanisms: a TOML file of the ways from links to violations that are known of it, in its own words; None where
            they are those that Actorproof knows of Dapr. Beside it may stand ``deviations-VERSION.toml``, the ones that
            are accepted, and ``baseline-VERSION.jsonl``, how often they came in recorded runs.
    """

    @property
    def name(self) -> str: ...

    @property
    def tried(self) -> tuple[str, ...]: ...

    @property
    def api(self) -> Api: ...

    @property
    def title(self) -> str: ...

    @property
    def protocol(self) -> str: ...

    @property
    def stores(self) -> tuple[StoreName, ...]: ...

    @property
    def promises(self) -> Mapping[str, Promise] | None: ...

    @property
    def mechanisms(self) -> Path | None: ...

    def traits(self, version: str) -> tuple[str, ...]:
        """What a version has and does, by name, sorted. TopologyError when the text is no version."""

    def untried(self, version: str) -> str | None:
        """One line about a version that nobody ran Actorproof with; None for the others."""

    def fit(self, topology: Topology, *, fixed: frozenset[str] = frozenset()) -> Topology:
        """The topology with what its version has; the fields that `fixed` names stay as they are.

        TopologyError when it can't be run so.
        """

    def role(self, unit: str) -> Role:
        """What a unit does, by its name."""


@runtime_checkable
class FromGo(Protocol):
    """A runtime whose programs can be built from Go modules."""

    def module(self, version: str) -> Module:
        """The module that builds its programs; it is not whole where they can't be built."""


@runtime_checkable
class Deployable(Runtime, Protocol):
    """A runtime whose units are programs, so that drivers can run it as processes or containers.

    Attributes:
        questions: how its programs are asked who they are.
        images: which image a unit of its own runs in where units are containers, by the unit's `program`, or else its
            role. (Applications, the store and the proxy are the driver's to furnish.)
        common: programs that it uses beside its own: of ``redis-server``, ``postgres``, ``toxiproxy``, ``witness``.
    """

    @property
    def questions(self) -> tuple[Question, ...]: ...

    @property
    def images(self) -> Mapping[str, str]: ...

    @property
    def common(self) -> frozenset[str]: ...

    def kinds(self, version: str) -> tuple[Kind, ...]:
        """Its own images, for drivers that run containers; none where it can't be run so."""

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:
        """Its own programs and where they come from. UsageError for a request that can't be."""

    def deploy(
        self,
        *,
        topology: Topology,
        programs: Programs,
        addresses: Addresses,
        scratch: Path,
        run_dir: Path,
        python: str,
    ) -> Deployed:
        """Decide everything about a cluster, and write what its units read below `scratch`.

        `python` is the interpreter of applications. TopologyError when the topology can't be; ProvisionError when a
        program is missing.
        """


class Simulation(Protocol):
    """A topology whose units are simulated, and what a session needs beside them."""

    @property
    def units(self) -> Sequence[UnitPlan]:
        """Its units."""

    @property
    def links(self) -> Mapping[str, Link]:
        """Its links, by name."""

    @property
    def network(self) -> Network:
        """What carries the requests of its units."""

    @property
    def view(self) -> View:
        """What the runtime says of itself."""

    @property
    def transport(self) -> Transport:
        """What carries clients' requests."""

    @property
    def commits(self) -> Commits:
        """What follows the log of its store."""

    def changed(self) -> None:
        """The status of a unit is another."""


@runtime_checkable
class Simulable(Runtime, Protocol):
    """A runtime whose units are simulated in memory and in virtual time."""

    def planted(self, bug: str) -> Simulable:
        """The same runtime with a bug. UsageError when none has that name."""

    def simulate(
        self,
        topology: Topology,
        *,
        seed: int,
        rng: random.Random,
        folder: RunFolder,
        journal: Journal,
        loop: VirtualLoop,
    ) -> Simulation:
        """Decide everything about a cluster, inside the running loop.

        `seed` is for what draws by itself, `rng` for what draws in turn with the driver. Applications keep their
        journals in `folder`.
        """
