"""Ground: what faults act on."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.cluster.port import Cluster, Machines, Volumes, Workers
from actorproof.harness.errors import FaultError
from actorproof.harness.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One cluster, the machines that it runs on where its driver has such, and the volumes and workers that its runtime
    has.
    """

    cluster: Cluster
    clock: Clock
    machines: Machines | None
    volumes: Volumes | None = None
    workers: Workers | None = None


def require(condition: object, message: str) -> None:
    """FaultError unless the condition holds."""
    if not condition:
        raise FaultError(message)
