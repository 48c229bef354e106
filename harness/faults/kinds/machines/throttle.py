"""Throttle: little CPU time."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, Parameter, TourStop
from actorproof.harness.faults.machines import StrainKind, machines_of
from actorproof.harness.faults.target import places_of

# How long the kernel may take to hold a busy unit back for the first time.
STRAIN_S = 5.0
POLL_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Throttle(StrainKind):
    """Limits CPU time."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Leave each unit of a machine so much of a core."""
        machines, cpu_percent = machines_of(ground), injected.fault.params["cpu_percent"]
        for place in places_of(injected.resolved.units):
            injected.strains[place] = await machines.strain(place)
            await machines.restrain(place, memory_mb=None, cpu_percent=cpu_percent)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """The kernel holds units back."""
        machines, cpu_percent = machines_of(ground), injected.fault.params["cpu_percent"]
        evidence = []
        for place, before in injected.strains.items():
            deadline_ns = ground.clock.now_ns() + int(STRAIN_S * 1e9)
            while (held := (await machines.strain(place)).throttled - before.throttled) <= 0:
                in_time = ground.clock.now_ns() < deadline_ns
                require(in_time, f"no unit of {place} was held back at {cpu_percent} % of a core")
                await ground.clock.sleep(POLL_S)
            evidence.append(f"{place}: the kernel held units back in {held} periods at {cpu_percent} % of a core")
        return evidence


KIND = Throttle(
    verb="throttle",
    what="leaves each unit of a machine cpu_percent of one core",
    colour=Colour(light="#4f8f7f", dark="#66ab9a"),
    parameters=(Parameter(name="cpu_percent", default=5, least=1),),
    # A store needs little time: only the least that an engine gives holds it back.
    tour=(
        TourStop(target="host-1"),
        TourStop(target="host-2"),
        TourStop(target="store", params={"cpu_percent": 1}),
    ),
    order=230,
)
