"""The Cluster port: what a run and a nemesis may ask of a running cluster, whatever the driver.

Units and links are named as in `actorproof.harness.history.events`. Every verb writes its cluster events
(unit-started, unit-signalled, ...) to the journal itself, raises ClusterError when it can't be done, and returns
only when its effect is there (process gone, process stopped, unit ready, proxy changed).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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

    def units(self) -> tuple[str, ...]:
        """All units of the blueprint."""

    def links(self) -> tuple[str, ...]:
        """All links of the blueprint."""

    async def cut(self, link: str) -> None:
        """Close the link's connections and refuse new ones, until `mend`."""

    async def mend(self, link: str) -> None:
        """Take every toxic off a link and enable it again when its server listens."""

    async def add_toxic(self, link: str, toxic: Toxic) -> None: ...

    async def remove_toxic(self, link: str, name: str) -> None: ...

    async def probe_link(self, link: str, *, timeout_s: float) -> str:
        """Connect through the link and say what became of it: ``refused``, ``reset``, ``open`` or ``closed``."""

    async def down(self) -> None:
        """Stop everything that the cluster started, kill what does not stop, remove its scratch folder."""
