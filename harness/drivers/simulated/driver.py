"""SimulatedDriver: a virtual-actor runtime in memory and in virtual time. It needs no other program and no port.

One seed decides everything: how long each message takes, and so who comes first. The hosts run the subjects' own turns.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.port import Site
from actorproof.harness.drivers.simulated.cluster import SimCluster
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import ProgramInfo
from actorproof.harness.history.journal import Journal
from actorproof.harness.runtimes.port import Simulable
from actorproof.harness.simulation.clock import ORIGIN, SimClock
from actorproof.harness.simulation.loop import VirtualLoop, virtual_loop

T = TypeVar("T")


class SimulatedDriver:
    """Implements `actorproof.harness.drivers.port.Driver` for a runtime that can be simulated."""

    name = "simulated"
    has_machines = False
    overlaps = False
    origin = ORIGIN
    programs: tuple[ProgramInfo, ...] = ()

    def __init__(self, *, seed: int, runtime: Simulable) -> None:
        self.clock = SimClock()
        self._seed = seed
        self._simulable = runtime
        self.runtime = runtime.name

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in virtual time, from its beginning."""
        # No Runner: it waits for every task to end, and those of killed processes never do.
        loop = VirtualLoop()
        try:
            return loop.run_until_complete(work)
        finally:
            loop.close()

    @asynccontextmanager
    async def site(self, topology: Topology, *, folder: RunFolder, journal: Journal) -> AsyncIterator[Site]:
        """A simulation that is not up yet; all of its processes have ended at the end."""
        rng = random.Random(f"{self._seed}/world")  # noqa: S311 - a reproducible choice, no secret
        loop = virtual_loop()
        made = self._simulable.simulate(topology, seed=self._seed, rng=rng, folder=folder, journal=journal, loop=loop)
        cluster = SimCluster(
            units=made.units,
            links=made.links,
            network=made.network,
            loop=loop,
            journal=journal,
            rng=rng,
            changed=made.changed,
        )
        try:
            yield Site(cluster=cluster, transport=made.transport, view=made.view, commits=made.commits)
        finally:
            await cluster.down()
