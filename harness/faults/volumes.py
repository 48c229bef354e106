"""What kinds of faults on volumes share: a write that shows what they do, and that it is over."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import Condition, Volumes, Written
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import FaultKind, Strikes
from actorproof.harness.faults.target import Resolved


@dataclass(frozen=True, kw_only=True)
class VolumeKind(FaultKind):
    """A kind of fault on what actors' state is kept on. The state machine draws none: few runtimes have volumes."""

    condition: Condition

    strikes: ClassVar[Strikes] = Strikes.VOLUMES
    wanted: ClassVar[str] = "a volume (store)"

    def fits(self, target: str) -> bool:
        """A name alone."""
        return not {">", "/", ":"} & set(target)

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """No unit and no link; UsageError where the runtime has no such volume."""
        del leader
        if ground.volumes is None:
            raise UsageError(
                f"fault {fault.verb} on {fault.target} needs a runtime that keeps state in files: choose"
                " --runtime ray-workflow"
            )
        if fault.target not in ground.volumes.names():
            raise UsageError(f"{fault.target} is no volume here: choose one of {', '.join(ground.volumes.names())}")
        return Resolved()

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Spoil the volume, if it takes a write."""
        volumes, volume = volumes_of(ground), injected.fault.target
        before = await volumes.write(volume)
        require(not before.refused, f"{volume}: {before}, before the fault")
        await volumes.spoil(volume, self.condition, delay_ms=injected.fault.params.get("delay_ms", 0))

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """A write goes as it should."""
        volume = injected.fault.target
        after = await volumes_of(ground).write(volume)
        require(self.shows(injected, after), f"{volume}: {after}, in spite of the fault")
        return [f"{volume}: {after}"]

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Make it good again, and write once more."""
        del patient
        volumes, volume = volumes_of(ground), injected.fault.target
        await volumes.restore(volume)
        try:
            return [f"{volume}: {await volumes.write(volume)}"]
        except ClusterError as error:  # it is good again, whoever is there to see it
            return [str(error)]

    @abstractmethod
    def shows(self, injected: Injected, written: Written) -> bool:
        """Whether that is what becomes of a write under the fault."""


@dataclass(frozen=True, kw_only=True)
class Refusing(VolumeKind):
    """A kind of fault that lets no write be done. `refusal` is what it is refused with, in the kernel's words."""

    refusal: str

    def shows(self, injected: Injected, written: Written) -> bool:
        """It is refused, and so."""
        del injected
        return written.refused == self.refusal


def volumes_of(ground: Ground) -> Volumes:
    """The volumes that a fault was resolved on."""
    assert ground.volumes is not None
    return ground.volumes
