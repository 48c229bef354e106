"""DockerCluster: the docker driver's. Every unit is a container, in the network of its host as in a pod's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.cluster.blueprint import Blueprint
from actorproof.harness.cluster.supervised import SupervisedCluster
from actorproof.harness.drivers.docker.furnishing import Furnishing
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.drivers.docker.machines import ContainerMachines
from actorproof.harness.drivers.docker.supervisor import ContainerSupervisor
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock


class DockerCluster(SupervisedCluster):
    """Implements `actorproof.harness.cluster.port.Cluster` with containers.

    `ground` goes down with the cluster; one that never began is for its owner to close.
    """

    def __init__(
        self,
        *,
        blueprint: Blueprint,
        journal: Journal,
        run_dir: Path,
        scratch: Path,
        clock: Clock,
        ground: Ground,
        furnishings: Mapping[str, Furnishing],
        sandbox: str,
    ) -> None:
        self._ground = ground
        self._places = tuple(dict.fromkeys(name.partition("/")[0] for name in blueprint.units))
        super().__init__(
            blueprint=blueprint,
            journal=journal,
            run_dir=run_dir,
            scratch=scratch,
            clock=clock,
            supervise=lambda: ContainerSupervisor.begin(ground, furnishings=furnishings, sandbox=sandbox),
        )

    @property
    def machines(self) -> ContainerMachines:
        """What can be done to the machines of its hosts and lone units."""
        return ContainerMachines(self._ground, places=self._places, supervisor=self._containers)

    async def _containers(self) -> ContainerSupervisor:
        supervisor = await self._supervisor()
        assert isinstance(supervisor, ContainerSupervisor)
        return supervisor
