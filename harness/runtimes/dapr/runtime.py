"""Dapr, as the Runtime port wants it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.cluster import proxy_unit
from actorproof.harness.cluster.addresses import Addresses
from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.topology import StoreName, Topology
from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.provision.golang import Module
from actorproof.harness.provision.program import PREFIX, Kind, Programs
from actorproof.harness.request import Api
from actorproof.harness.runtimes.dapr import versions
from actorproof.harness.runtimes.dapr.api import HttpApi
from actorproof.harness.runtimes.dapr.deployed import Deployed
from actorproof.harness.runtimes.dapr.identity import QUESTIONS
from actorproof.harness.runtimes.dapr.plan import plan
from actorproof.harness.runtimes.dapr.programs import candidates, module
from actorproof.harness.runtimes.dapr.versions import Trait
from actorproof.harness.runtimes.port import Deployable
from actorproof.harness.stores import redis

# By the last part of a unit's name; every other unit is placement's or the scheduler's.
ROLES: Mapping[str, Role] = {
    "app": "app",
    "sidecar": "sidecar",
    redis.NAME: "store",
    proxy_unit.NAME: "proxy",
}


class Dapr:
    """Implements `actorproof.harness.runtimes.port.Deployable`."""

    name = "dapr"
    title = "Dapr"
    protocol = name
    tried = versions.TRIED
    api: Api = HttpApi()
    stores: tuple[StoreName, ...] = ("redis", "postgres")
    promises = None
    mechanisms = None
    questions = QUESTIONS
    common = frozenset({"redis-server", "postgres", "toxiproxy", "witness"})
    images: Mapping[str, str] = {
        "sidecar": "daprd",
        "placement": "placement",
        "scheduler": "scheduler",
    }

    def module(self, version: str) -> Module:
        """See the port."""
        return module(version)

    def kinds(self, version: str) -> tuple[Kind, ...]:
        """See the port."""
        names = ("daprd", "placement", *(("scheduler",) if Trait.SCHEDULER in versions.traits(version) else ()))
        return tuple(
            Kind(
                name=name,
                published=f"daprio/{name}:{version}",
                local=f"{PREFIX}{name}:{version}",
                program=f"/{name}",
                version=version,
            )
            for name in names
        )

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:
        """See the port."""
        return candidates(request, tools)

    def role(self, unit: str) -> Role:
        """See the port."""
        return ROLES.get(unit.rpartition("/")[2], "control")

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
        """See the port."""
        return Deployed(
            deployment=plan(
                topology=topology,
                programs=programs,
                addresses=addresses,
                scratch=scratch,
                run_dir=run_dir,
                python=python,
            )
        )

    def traits(self, version: str) -> tuple[str, ...]:
        """See the port."""
        return tuple(sorted(versions.traits(version)))

    def untried(self, version: str) -> str | None:
        """See the port."""
        return versions.untried(version)

    def fit(self, topology: Topology, *, fixed: frozenset[str] = frozenset()) -> Topology:
        """See the port."""
        fitted = versions.fit(topology, fixed=fixed)
        versions.validate(fitted)
        return fitted


RUNTIME: Deployable = Dapr()
