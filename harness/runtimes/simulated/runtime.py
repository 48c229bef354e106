"""The simulated runtime, as the Runtime port wants it: Dapr's protocol in memory, with its versions' traits.

It has no programs: a driver of its own runs it.
"""

from __future__ import annotations

from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.runtimes.dapr.runtime import RUNTIME as DAPR
from actorproof.harness.runtimes.port import Runtime


class Simulated:
    """Implements `actorproof.harness.runtimes.port.Runtime`; units are named as Dapr's are."""

    name = "simulated"
    title = "the simulated runtime"
    tried = DAPR.tried
    api = DAPR.api

    def traits(self, version: str) -> tuple[str, ...]:
        """See the port."""
        return DAPR.traits(version)

    def untried(self, version: str) -> str | None:  # noqa: ARG002 it plays the part of any version
        """See the port: every version is simulated alike."""
        return None

    def fit(self, topology: Topology, *, fixed: frozenset[str] = frozenset()) -> Topology:
        """See the port."""
        return DAPR.fit(topology, fixed=fixed)

    def role(self, unit: str) -> Role:
        """See the port."""
        return DAPR.role(unit)


RUNTIME: Runtime = Simulated()
