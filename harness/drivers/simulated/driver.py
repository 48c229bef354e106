"""SimulatedDriver: a virtual-actor runtime in memory and in virtual time. It needs no other program and no port.

One seed decides everything: how long each message takes, and so who comes first. The hosts run the subjects' own turns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.port import Site
from actorproof.harness.drivers.simulated.clock import SimClock
from actorproof.harness.drivers.simulated.loop import VirtualLoop, virtual_loop
from actorproof.harness.drivers.simulated.world import ORIGIN, World
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import ProgramInfo
from actorproof.harness.history.journal import Journal
from actorproof.harness.runtimes.simulated.parts import Parts

T = TypeVar("T")


class SimulatedDriver:
    """Implements `actorproof.harness.drivers.port.Driver`; `parts` are what the runtime is made of."""

    name = "simulated"
    runtime = "simulated"
    origin = ORIGIN
    programs: tuple[ProgramInfo, ...] = ()

    def __init__(self, *, seed: int, parts: Parts | None = None) -> None:
        self.clock = SimClock()
        self._seed = seed
        self._parts = parts or Parts()

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
        """A world that is not up yet; all of its processes have ended at the end."""
        world = World(
            topology, seed=str(self._seed), parts=self._parts, folder=folder, journal=journal, loop=virtual_loop()
        )
        try:
            yield Site(cluster=world.cluster, transport=world.transport, view=world.view, commits=world.commits)
        finally:
            await world.cluster.down()
