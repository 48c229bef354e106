"""The Driver port: what a run needs from whatever brings its topology to life.

A session uses the cluster's verbs, a transport, a clock, what the runtime says of itself and what the store commits,
and knows nothing of processes, containers or a simulation.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from actorproof.harness.cluster.port import Cluster, Machines, Volumes, Workers
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import ProgramInfo
from actorproof.harness.history.journal import Journal, Origin
from actorproof.harness.ports import Clock, Transport
from actorproof.harness.runtimes.port import Commits, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One topology with all that a session needs to work on it. The cluster is not up yet.

    `machines` is None where hosts have none of their own, `volumes` where none can be made bad, and
    `workers` where turns run in no other processes than units.
    """

    cluster: Cluster
    transport: Transport
    view: View
    commits: Commits
    machines: Machines | None = None
    volumes: Volumes | None = None
    workers: Workers | None = None


class Driver(Protocol):
    """Brings topologies to life.

    Attributes:
        name: as on the command line and in run.json.
        runtime: the name of the virtual-actor runtime that it runs.
        clock: time for everything in its runs.
        programs: what it runs, and where that is from.
        origin: whose clock that is; None for this process's own.
        has_machines: whether its hosts have machines of their own, which some faults strike.
        overlaps: whether a site may be there beside others in one `run`.
    """

    @property
    def name(self) -> str: ...

    @property
    def runtime(self) -> str: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def programs(self) -> tuple[ProgramInfo, ...]: ...

    @property
    def origin(self) -> Origin | None: ...

    @property
    def has_machines(self) -> bool: ...

    @property
    def overlaps(self) -> bool: ...

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end, in the time that `clock` shows."""

    def site(self, topology: Topology, *, folder: RunFolder, journal: Journal) -> AbstractAsyncContextManager[Site]:
        """A site, and everything of it gone at the end, however that comes."""
