"""Disconnect: a machine is off the network."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.cluster.port import Machines
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.machines import REACH_S, MachineKind, machines_of
from actorproof.harness.faults.target import Resolved, links_at, places_of
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Disconnect(MachineKind):
    """Takes machines off the network."""

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """Its units, and all links that end or begin at their machines."""
        units = super().resolve(ground, fault, leader).units
        severed = [link for place in places_of(units) for link in links_at(place, ground.cluster.units())]
        return Resolved(units=units, links=tuple(dict.fromkeys(severed)))

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Take each machine off, if it can be reached."""
        machines = machines_of(ground)
        for place in places_of(injected.resolved.units):
            require(await machines.reachable(place, timeout_s=REACH_S), f"{place} was not reachable before")
            await machines.disconnect(place)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """No packet gets there any more."""
        evidence = []
        for place in places_of(injected.resolved.units):
            reachable = await machines_of(ground).reachable(place, timeout_s=REACH_S)
            require(not reachable, f"{place} is still reachable, off the network")
            evidence.append(f"{place} was reachable and is not")
        return evidence

    async def release(self, machines: Machines, injected: Injected) -> list[str]:
        """Put each machine back under its address."""
        evidence = []
        for place in places_of(injected.resolved.units):
            await machines.reconnect(place)
            there = await machines.reachable(place, timeout_s=REACH_S)
            evidence.append(f"{place} is {'reachable' if there else 'not reachable'}")
        return evidence


KIND = Disconnect(
    verb="disconnect",
    what="takes a machine off the network",
    colour=Colour(light="#5d7bc2", dark="#8199d0"),
    traits=(traits.SEVERS,),
    tour=(
        *(TourStop(target=target) for target in ("host-1", "scheduler-0", "store")),
        # A sidecar of 1.18.2 may not notice that a placement went away without a word, and stands alone from then on.
        TourStop(target="placement:leader", last=True),
    ),
    order=210,
)
