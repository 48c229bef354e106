"""What the two runtimes on a Ray cluster have in common, as the Runtime port wants it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from actorproof.harness.cluster.addresses import Addresses
from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.topology import StoreName, Topology
from actorproof.harness.errors import TopologyError
from actorproof.harness.history.halves import half
from actorproof.harness.history.info import Promise
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.traits import SIDECARS_HAND_OVER
from actorproof.harness.ports import Clock
from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.provision.identity import Question
from actorproof.harness.provision.program import Kind, Programs
from actorproof.harness.request import Api
from actorproof.harness.runtimes.port import Commits
from actorproof.harness.runtimes.ray_cluster import plan
from actorproof.harness.runtimes.ray_cluster.api import DriverApi
from actorproof.harness.runtimes.ray_cluster.deployed import Deployed
from actorproof.harness.runtimes.ray_cluster.host.actors import TYPES
from actorproof.harness.runtimes.ray_cluster.python import NAME, QUESTION, Recipe, candidate

LACKING = frozenset({"placements", "schedulers", "reminder_partitions"})
"""What a topology may have, and no cluster of Ray's has."""


class OnRay(ABC):
    """Implements `actorproof.harness.runtimes.port.Deployable` for one version of Ray.

    Attributes:
        kind: how its cluster is used.
        recipe: where its Python comes from.
        mechanisms: see the port.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    store: ClassVar[StoreName]
    promises: ClassVar[Mapping[str, Promise]]
    kind: ClassVar[plan.Kind]
    recipe: ClassVar[Recipe]
    mechanisms: ClassVar[Path]
    own_traits: ClassVar[tuple[str, ...]] = (SIDECARS_HAND_OVER,)
    api: Api = DriverApi()
    questions: tuple[Question, ...] = (QUESTION,)
    images: Mapping[str, str] = {}
    common: frozenset[str] = frozenset()

    @property
    def protocol(self) -> str:
        """See the port."""
        return self.name

    @property
    def tried(self) -> tuple[str, ...]:
        """See the port."""
        return (self.recipe.version,)

    @property
    def stores(self) -> tuple[StoreName, ...]:
        """See the port."""
        return (self.store,)

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:
        """See the port."""
        return (candidate(self.recipe, request, tools),)

    def kinds(self, version: str) -> tuple[Kind, ...]:  # noqa: ARG002 - of no version
        """See the port."""
        return ()

    def role(self, unit: str) -> Role:
        """See the port."""
        return half(unit) or "control"

    def traits(self, version: str) -> tuple[str, ...]:  # noqa: ARG002 - there is one
        """See the port."""
        return self.own_traits

    def untried(self, version: str) -> str | None:  # noqa: ARG002 - `fit` refuses all others
        """See the port."""
        return None

    def fit(self, topology: Topology, *, fixed: frozenset[str] = frozenset()) -> Topology:
        """See the port."""
        if lacking := sorted(fixed & LACKING):
            raise TopologyError(f"{self.title}: there are no {lacking[0].replace('_', ' ')}: leave their number out")
        if topology.version != self.recipe.version:
            raise TopologyError(f"{self.title} is judged as of Ray {self.recipe.version}: leave the version out")
        if topology.subject != "bare" or topology.application is not None:
            raise TopologyError(f"{self.title} hosts subjects of its own: leave the kind of host out")
        return replace(
            topology,
            placements=0,
            schedulers=0,
            proxied=False,
            peer_links=False,
            store=self.store,
            workers=True,
            types=tuple(TYPES),
        )

    def deploy(
        self,
        *,
        topology: Topology,
        programs: Programs,
        addresses: Addresses,
        scratch: Path,
        run_dir: Path,
        python: str,  # noqa: ARG002 - applications run in Ray's Python
    ) -> Deployed:
        """See the port."""
        made = plan.plan(
            topology=topology,
            kind=self.kind,
            python=programs[NAME],
            addresses=addresses,
            scratch=scratch,
            run_dir=run_dir,
        )
        return Deployed(plan=made, follow=self.follow)

    @abstractmethod
    def follow(self, made: plan.Plan, journal: Journal, clock: Clock) -> Commits:
        """What follows what the cluster keeps."""
