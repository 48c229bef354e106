"""What kinds of faults on machines share: which machines a target stands for, and which links they sever."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import Machines
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import FaultKind, Strikes
from actorproof.harness.faults.target import Resolved, places_of
from actorproof.harness.faults.units import revive

# How long a packet and its answer may take.
REACH_S = 1.0


@dataclass(frozen=True, kw_only=True)
class MachineKind(FaultKind):
    """A kind of fault on machines of hosts and lone units. The state machine draws none: few drivers have machines."""

    strikes: ClassVar[Strikes] = Strikes.MACHINES
    wanted: ClassVar[str] = "a host or a lone unit"

    def fits(self, target: str) -> bool:
        """A host, a lone unit or a group."""
        return not {">", "/"} & set(target)

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """See the base; UsageError too when the driver has no machines."""
        if ground.machines is None:
            raise UsageError(
                f"fault {fault.verb} on {fault.target} needs hosts with a machine each: choose --driver docker"
            )
        return super().resolve(ground, fault, leader)

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Take it back, and run again what ended meanwhile, by itself or for want of memory."""
        evidence = await self.release(machines_of(ground), injected)
        return evidence + await revive(ground, injected.resolved.units, patient=patient)

    @abstractmethod
    async def release(self, machines: Machines, injected: Injected) -> list[str]:
        """Take it off the machines, and say what shows that."""


@dataclass(frozen=True, kw_only=True)
class StrainKind(MachineKind):
    """A kind of fault that leaves machines too little of something."""

    async def release(self, machines: Machines, injected: Injected) -> list[str]:
        """Take the limits off."""
        evidence = []
        for place in places_of(injected.resolved.units):
            await machines.release(place)
            evidence.append(f"{place} has its limits off")
        return evidence


def machines_of(ground: Ground) -> Machines:
    """The machines that a fault was resolved on."""
    assert ground.machines is not None
    return ground.machines
