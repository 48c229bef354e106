"""The simulated runtime, as the Runtime port wants it: Dapr's protocol in memory, with its versions' traits.

It has no programs: its units are simulated.
"""

from __future__ import annotations

import random

from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal
from actorproof.harness.runtimes.dapr.runtime import RUNTIME as DAPR
from actorproof.harness.runtimes.port import Simulable
from actorproof.harness.runtimes.simulated.parts import Parts
from actorproof.harness.runtimes.simulated.planting import planted
from actorproof.harness.runtimes.simulated.world import World
from actorproof.harness.simulation.loop import VirtualLoop


class Simulated:
    """Implements `actorproof.harness.runtimes.port.Simulable`; units are named as Dapr's are.

    `parts` are what it is made of: planted ones, if it is to have a bug.
    """

    name = "simulated"
    title = "the simulated runtime"
    protocol = DAPR.name
    tried = DAPR.tried
    api = DAPR.api
    stores = DAPR.stores
    promises = DAPR.promises
    mechanisms = DAPR.mechanisms

    def __init__(self, parts: Parts | None = None) -> None:
        self._parts = parts or Parts()

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

    def planted(self, bug: str) -> Simulated:
        """See the port."""
        return Simulated(planted(bug))

    def simulate(
        self,
        topology: Topology,
        *,
        seed: int,
        rng: random.Random,
        folder: RunFolder,
        journal: Journal,
        loop: VirtualLoop,
    ) -> World:
        """See the port."""
        return World(topology, parts=self._parts, seed=seed, rng=rng, folder=folder, journal=journal, loop=loop)


RUNTIME: Simulable = Simulated()
