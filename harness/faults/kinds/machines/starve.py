"""Starve: little memory."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, Parameter, TourStop
from actorproof.harness.faults.machines import StrainKind, machines_of
from actorproof.harness.faults.target import places_of


@dataclass(frozen=True, kw_only=True)
class Starve(StrainKind):
    """Limits memory."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Leave each unit of a machine so much beyond what it uses."""
        machines, memory_mb = machines_of(ground), injected.fault.params["memory_mb"]
        for place in places_of(injected.resolved.units):
            injected.strains[place] = await machines.strain(place)
            await machines.restrain(place, memory_mb=memory_mb, cpu_percent=None)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """The kernel has a smaller limit."""
        evidence = []
        for place, before in injected.strains.items():
            after = await machines_of(ground).strain(place)
            require(after.memory_limit_mb < before.memory_limit_mb, f"the kernel has no new limit for {place}")
            evidence.append(
                f"{place}: limit {after.memory_limit_mb:.0f} MiB, before {before.memory_limit_mb:.0f};"
                f" {after.memory_mb:.0f} used, {after.refused - before.refused} requests over it"
            )
        return evidence


KIND = Starve(
    verb="starve",
    what="leaves each unit of a machine memory_mb MiB beyond what it uses",
    colour=Colour(light="#c85e30", dark="#d9835e"),
    parameters=(Parameter(name="memory_mb", default=32, least=1),),
    tour=(TourStop(target="host-1"), TourStop(target="store")),
    order=240,
)
