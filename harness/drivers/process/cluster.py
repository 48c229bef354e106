"""ProcessCluster: the embedded driver's. Every unit is a process on this machine; it needs no root and no Docker.

A guardian process is the parent of all units and kills them when this process ends, however it ends.
"""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.cluster.blueprint import Blueprint
from actorproof.harness.cluster.supervised import SupervisedCluster
from actorproof.harness.drivers.process.supervisor import Supervisor
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock


class ProcessCluster(SupervisedCluster):
    """Implements `actorproof.harness.cluster.port.Cluster` with processes of this machine."""

    def __init__(self, *, blueprint: Blueprint, journal: Journal, run_dir: Path, scratch: Path, clock: Clock) -> None:
        super().__init__(
            blueprint=blueprint,
            journal=journal,
            run_dir=run_dir,
            scratch=scratch,
            clock=clock,
            supervise=lambda: Supervisor.begin(scratch=scratch),
        )
