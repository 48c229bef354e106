"""Slow: a disk that takes its time."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.cluster.port import Written
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.kind import Colour, Parameter, TourStop
from actorproof.harness.faults.volumes import VolumeKind


@dataclass(frozen=True, kw_only=True)
class Slow(VolumeKind):
    """Makes whoever uses the disk wait."""

    def shows(self, injected: Injected, written: Written) -> bool:
        """It is done, and not sooner."""
        return not written.refused and written.took_ms >= injected.fault.params["delay_ms"]


KIND = Slow(
    verb="slow",
    what="makes each use of a disk take delay_ms longer",
    colour=Colour(light="#5f8a4a", dark="#82ab6d"),
    condition="slow",
    parameters=(Parameter(name="delay_ms", default=300, least=1),),
    tour=(TourStop(target="store"),),
    order=270,
)
