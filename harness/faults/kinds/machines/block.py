"""Block: what one machine sends to another is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import Machines
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.machines import MachineKind, machines_of
from actorproof.harness.faults.target import PROXY, Resolved, links_at, pair, ways_of
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Block(MachineKind):
    """Drops packets between two machines, one way or both."""

    wanted: ClassVar[str] = "a pair (a->b or a<->b)"

    def fits(self, target: str) -> bool:
        """A pair of machines."""
        return pair(target) is not None

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """The links between the two; UsageError too when their traffic passes the proxy and not between the two."""
        del leader
        if ground.machines is None:
            return super().resolve(ground, fault, None)
        first, second = ways_of(fault.target)[0]
        there = ground.machines.places()
        for place in (first, second):
            if place not in there:
                raise UsageError(f"machine {place} is not in this topology: choose two of {', '.join(there)}")
        if ground.cluster.links() and PROXY not in (first, second):
            raise UsageError(
                f"fault {fault.verb} on {fault.target}: what the two say to each other passes the proxy; choose a"
                " topology that is not proxied"
            )
        known = {link for place in (first, second) for link in links_at(place, ground.cluster.units())}
        return Resolved(links=tuple(sorted({f"{first}>{second}", f"{second}>{first}"} & known)))

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Block each way, if datagrams arrive both ways."""
        machines, ways = machines_of(ground), ways_of(injected.fault.target)
        for source, target in (*ways, *_open(ways)):
            require(await machines.arrives(source, target), f"nothing from {source} got to {target} before")
        for source, target in ways:
            await machines.block(source, target)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """No datagram arrives that way any more, and the other way they do."""
        machines, ways = machines_of(ground), ways_of(injected.fault.target)
        evidence = []
        for source, target in ways:
            require(not await machines.arrives(source, target), f"{source} still gets through to {target}")
            evidence.append(f"{source} to {target}: datagrams arrived before, none does now")
        for source, target in _open(ways):
            require(await machines.arrives(source, target), f"{source} no longer gets through to {target}")
            evidence.append(f"{source} to {target}: datagrams still arrive")
        return evidence

    async def release(self, machines: Machines, injected: Injected) -> list[str]:
        """Let them in again."""
        evidence = []
        for source, target in ways_of(injected.fault.target):
            await machines.unblock(source, target)
            heard = await machines.arrives(source, target)
            evidence.append(f"{source} to {target}: {'datagrams arrive' if heard else 'no datagram arrives'}")
        return evidence


def _open(ways: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The ways that are left as they are."""
    return [(target, source) for source, target in ways if (target, source) not in ways]


KIND = Block(
    verb="block",
    what="drops what one machine sends to another (a->b), or both to each other (a<->b)",
    colour=Colour(light="#7a6fd6", dark="#9990df"),
    traits=(traits.SEVERS,),
    tour=tuple(
        TourStop(target=target)
        for target in ("host-1->host-2", "host-1<->host-2", "store->host-1", "host-1->placement-0")
    ),
    order=220,
)
