"""Dapr, as the Runtime port wants it."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.runtimes.dapr import programs, versions
from actorproof.harness.runtimes.dapr.identity import QUESTIONS
from actorproof.harness.runtimes.port import Runtime


class Dapr:
    """Implements `actorproof.harness.runtimes.port.Runtime`."""

    name = "dapr"
    title = "Dapr"
    questions = QUESTIONS

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:
        """See the port."""
        return programs.candidates(request, tools)

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


RUNTIME: Runtime = Dapr()
