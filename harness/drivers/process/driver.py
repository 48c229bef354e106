"""ProcessDriver: the embedded default. A runtime's programs as processes of this machine: no root, no Docker."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from actorproof.harness import interruption
from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.port import Site
from actorproof.harness.drivers.process.cluster import ProcessCluster
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import ProgramInfo
from actorproof.harness.history.journal import Journal
from actorproof.harness.provision.program import Programs
from actorproof.harness.runtimes.port import Deployable
from actorproof.harness.scratch import scratch_folder

T = TypeVar("T")


class ProcessDriver:
    """Implements `actorproof.harness.drivers.port.Driver` with the given programs."""

    name = "process"
    has_machines = False
    overlaps = True
    origin = None

    def __init__(self, programs: Programs, *, runtime: Deployable) -> None:
        self.clock = SystemClock()
        self._programs = programs
        self._runtime = runtime

    @property
    def runtime(self) -> str:
        """The runtime's name."""
        return self._runtime.name

    @property
    def programs(self) -> tuple[ProgramInfo, ...]:
        """Every program, and where it is from."""
        found = self._programs
        return tuple(
            ProgramInfo(name=p.name, version=p.version, origin=p.origin, path=str(p.path), sha256=p.sha256, said=p.said)
            for p in found.all
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end in this machine's time."""
        return interruption.run(work)

    @asynccontextmanager
    async def site(self, topology: Topology, *, folder: RunFolder, journal: Journal) -> AsyncIterator[Site]:
        """A block of ports, a scratch folder, and a cluster that is not up yet; nothing of it stays.

        PortTakenError when every block of ports is in use.
        """
        async with contextlib.AsyncExitStack() as stack:
            slot = stack.enter_context(Slot.acquire())
            scratch = stack.enter_context(scratch_folder())
            deployed = self._runtime.deploy(
                topology=topology,
                programs=self._programs,
                addresses=Loopback(slot),
                scratch=scratch,
                run_dir=folder.path,
                python=sys.executable,
            )
            cluster = ProcessCluster(
                blueprint=deployed.blueprint,
                journal=journal,
                run_dir=folder.path,
                scratch=scratch,
                clock=self.clock,
            )
            stack.push_async_callback(cluster.down)
            view = await stack.enter_async_context(deployed.view(journal, self.clock))
            transport = deployed.transport()
            stack.push_async_callback(transport.close)
            commits = deployed.commits(journal, self.clock)
            yield Site(
                cluster=cluster,
                transport=transport,
                view=view,
                commits=commits,
                volumes=deployed.volumes,
                workers=deployed.workers,
            )
