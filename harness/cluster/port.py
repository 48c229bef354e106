"""The Cluster port: what a run and a nemesis may ask of a running cluster, whatever the driver.

Units and links are named as in `actorproof.harness.history.events`. Every verb writes its cluster events
(unit-started, unit-signalled, ...) to the journal itself, raises ClusterError when it can't be done, and returns
only when its effect is there (process gone, process stopped, unit ready, proxy changed).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

Ending = Literal["answered", "refused", "reset", "closed", "silent"]


class UnitStatus(StrEnum):
    """Where a unit is in its life."""

    ABSENT = "absent"
    RUNNING = "running"
    PAUSED = "paused"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """A unit as the driver sees it now; `incarnation` is 0 before the first start."""

    name: str
    status: UnitStatus
    incarnation: int
    pid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxic:
    """One toxic on a link, in Toxiproxy's terms.

    `kind` is one of latency, bandwidth, slicer, timeout, reset_peer; `stream` is upstream or downstream;
    `attributes` are the toxic's own (latency: latency, jitter in ms; bandwidth: rate in KB/s; slicer: average_size,
    size_variation in bytes, delay in us; timeout, reset_peer: timeout in ms).
    """

    name: str
    kind: str
    stream: str
    attributes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What became of one exchange of bytes. Times in milliseconds from the connect; `received` in bytes."""

    ending: Ending
    received: int
    took_ms: float

    def __str__(self) -> str:
        match self.ending:
            case "answered":
                return f"answered {self.received} bytes after {self.took_ms:.0f} ms"
            case "silent":
                return f"connected, {self.received} bytes came back in {self.took_ms:.0f} ms, still open"
            case ending:
                return f"connection {ending} after {self.took_ms:.0f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """What limits cost: memory in MiB that units use and may use at most (the tightest), and how often the kernel
    refused them memory and CPU time.
    """

    memory_mb: float
    memory_limit_mb: float
    refused: int
    throttled: int


class Machines(Protocol):
    """What can be done to machines, where hosts and lone units have one each. Every verb raises ClusterError when it
    can't be done, and returns only when its effect is there.
    """

    def places(self) -> tuple[str, ...]:
        """The machines' names: hosts, and units that belong to none."""

    async def disconnect(self, place: str) -> None:
        """Take a machine off the network."""

    async def reconnect(self, place: str) -> None:
        """Put it back under its address."""

    async def block(self, source: str, target: str) -> None:
        """Drop every packet from `source` at `target`."""

    async def unblock(self, source: str, target: str) -> None:
        """Let them in again."""

    async def restrain(self, place: str, *, memory_mb: int | None, cpu_percent: int | None) -> None:
        """Limit each unit that runs there: its memory in MiB beyond what it uses now, its CPU time in percent of one
        core; None leaves either as it is.
        """

    async def release(self, place: str) -> None:
        """Take both limits off the units that run there."""

    async def reachable(self, place: str, *, timeout_s: float) -> bool:
        """Whether a packet gets to a machine and an answer back."""

    async def arrives(self, source: str, target: str) -> bool:
        """Whether a datagram from `source` is let in at `target`."""

    async def strain(self, place: str) -> Strain:
        """What limits have cost the units of a machine so far."""


Condition = Literal["read-only", "full", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of one small write to a volume: what it was refused with, if it was, and how long that took."""

    refused: str
    took_ms: float

    def __str__(self) -> str:
        how = f"is refused, {self.refused}," if self.refused else "is done"
        return f"a write {how} after {self.took_ms:.0f} ms"


class Volumes(Protocol):
    """The disks that a runtime keeps its actors' state on, where they can be made bad. Verbs raise ClusterError when
    it can't be done.
    """

    def names(self) -> tuple[str, ...]:
        """What faults call them."""

    async def spoil(self, volume: str, condition: Condition, *, delay_ms: int = 0) -> None:
        """Make a volume behave so from now on, to all that use it; one that is slow takes `delay_ms` each time."""

    async def restore(self, volume: str) -> None:
        """Make it good again."""

    async def write(self, volume: str) -> Written:
        """Write to it as the runtime does, and say what became of that."""


Life = Literal["runs", "stopped", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that a host runs turns in, and the turn that was open in it."""

    host: str
    pid: int
    turn: str
    actor: str

    def __str__(self) -> str:
        return f"worker pid {self.pid} of {self.host} (in turn {self.turn} of {self.actor})"


class Workers(Protocol):
    """Processes that hosts run turns in, where these are no units: the runtime starts and ends them. Verbs raise
    ClusterError when they can't be done, and return only when their effect is there.
    """

    def hosts(self) -> tuple[str, ...]:
        """The hosts that have such."""

    async def busy(self, host: str) -> Worker | None:
        """The worker of a host whose turn has been open longest; None when no turn is."""

    def life(self, worker: Worker) -> Life:
        """Whether its process is there, and whether every thread of it is stopped."""

    async def kill(self, worker: Worker) -> None:
        """SIGKILL, and wait until it is gone."""

    async def pause(self, worker: Worker) -> None:
        """SIGSTOP, and wait until every thread is stopped, or gone."""

    async def resume(self, worker: Worker) -> None:
        """SIGCONT, and wait until it runs; nothing when it is gone."""


class Cluster(Protocol):
    """A cluster that a driver brought to life."""

    async def up(self) -> None:
        """Start the proxy and every initial unit, wave by wave, each until it is ready."""

    async def start(self, unit: str, *, wait_ready: bool = True) -> None:
        """Start a unit that is absent or exited, in its next incarnation."""

    async def ready(self, unit: str) -> None:
        """Wait until a running unit answers its readiness question; ClusterError when it takes too long."""

    async def kill(self, unit: str) -> None:
        """SIGKILL, and wait until the process is reaped. Works on a paused unit too."""

    async def terminate(self, unit: str) -> None:
        """SIGTERM; when the unit's grace has run out, kill; wait until the process is reaped."""

    async def pause(self, unit: str) -> None:
        """SIGSTOP, and wait until every thread of the process is stopped."""

    async def resume(self, unit: str) -> None:
        """SIGCONT, and wait until the process runs."""

    def state(self, unit: str) -> UnitState: ...

    def resident_bytes(self, unit: str) -> int | None:
        """The memory that a running unit's process and its children have resident; None where there is none to ask."""

    def units(self) -> tuple[str, ...]:
        """All units, spare ones included."""

    def initial(self, unit: str) -> bool:
        """Whether `up` starts a unit; a spare one is started by a fault at most."""

    def awaited(self, unit: str) -> bool:
        """Whether what stands before a unit may start only when it is ready."""

    def links(self) -> tuple[str, ...]:
        """All links that a fault may touch."""

    async def cut(self, link: str) -> None:
        """Close the link's connections and refuse new ones, until `mend`."""

    async def mend(self, link: str) -> None:
        """Take every toxic off a link and enable it again when its server listens."""

    async def add_toxic(self, link: str, toxic: Toxic) -> None: ...

    async def remove_toxic(self, link: str, name: str) -> None: ...

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        """Send about 2 KB through the link that make its server answer, and say what became of it. It never fails."""

    async def down(self) -> None:
        """Stop everything that the cluster started, kill what does not stop, remove its scratch folder."""
