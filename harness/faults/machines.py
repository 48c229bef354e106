"""Faults on machines, with their proofs: off the network, deaf to each other, short of memory or of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from actorproof.harness.cluster.port import Machines
from actorproof.harness.errors import FaultError, UsageError
from actorproof.harness.faults.fault import Fault, Verb, pair
from actorproof.harness.faults.target import Resolved, resolve
from actorproof.harness.ports import Clock

REACH_S = 1.0
# How long the kernel may take to hold a busy unit back for the first time.
STRAIN_S = 5.0
POLL_S = 0.2
PROXY = "toxiproxy"


class MachineFaults:
    """Injects and heals them on the machines of one cluster."""

    def __init__(self, machines: Machines, clock: Clock) -> None:
        self._machines = machines
        self._clock = clock

    def resolve(self, fault: Fault, *, units: Sequence[str], links: Sequence[str], leader: str | None) -> Resolved:
        """The units that a fault touches, and the links that it severs, under the names that they have when proxied.

        UsageError when the target is not there, or when a pair's traffic passes the proxy and not between the two.
        """
        both = pair(fault.target)
        if both is None:
            found = resolve(fault.target, units=units, links=links, leader=leader)
            severed = fault.verb is Verb.DISCONNECT
            names = [link for place in _places(found.units) for link in _links(place, units)] if severed else []
            return Resolved(units=found.units, links=tuple(dict.fromkeys(names)))
        first, second, _ = both
        for place in (first, second):
            if place not in self._machines.places():
                raise UsageError(
                    f"machine {place} is not in this topology: choose two of {', '.join(self._machines.places())}"
                )
        if links and PROXY not in both:
            raise UsageError(
                f"fault {fault.verb} on {fault.target}: what the two say to each other passes the proxy; choose a"
                " topology that is not proxied"
            )
        severed_links = {f"{first}>{second}", f"{second}>{first}"}
        known = {link for place in (first, second) for link in _links(place, units)}
        return Resolved(links=tuple(sorted(severed_links & known)))

    async def disturb(self, fault: Fault, resolved: Resolved) -> list[str]:
        """Inject, and return the proof; FaultError when there is none."""
        match fault.verb:
            case Verb.DISCONNECT:
                return [await self._disconnect(place) for place in _places(resolved.units)]
            case Verb.BLOCK:
                return await self._block(fault)
            case Verb.STARVE:
                return [await self._starve(place, fault.memory_mb) for place in _places(resolved.units)]
            case Verb.THROTTLE:
                return [await self._throttle(place, fault.cpu_percent) for place in _places(resolved.units)]
            case verb:
                raise FaultError(f"{verb} does not act on machines")

    async def heal(self, fault: Fault, resolved: Resolved) -> list[str]:
        """Take it back, and say what shows that; ClusterError when it can't be done."""
        evidence = []
        if fault.verb is Verb.BLOCK:
            for source, target in _ways(fault):
                await self._machines.unblock(source, target)
                evidence.append(f"{source} to {target}: {_heard(await self._machines.arrives(source, target))}")
            return evidence
        for place in _places(resolved.units):
            if fault.verb is Verb.DISCONNECT:
                await self._machines.reconnect(place)
                there = await self._machines.reachable(place, timeout_s=REACH_S)
                evidence.append(f"{place} is {'reachable' if there else 'not reachable'}")
            else:
                await self._machines.release(place)
                evidence.append(f"{place} has its limits off")
        return evidence

    async def _disconnect(self, place: str) -> str:
        _require(await self._machines.reachable(place, timeout_s=REACH_S), f"{place} was not reachable before")
        await self._machines.disconnect(place)
        _require(
            not await self._machines.reachable(place, timeout_s=REACH_S), f"{place} is still reachable, off the network"
        )
        return f"{place} was reachable and is not"

    async def _block(self, fault: Fault) -> list[str]:
        ways = _ways(fault)
        open_ways = [(target, source) for source, target in ways if (target, source) not in ways]
        for source, target in (*ways, *open_ways):
            _require(await self._machines.arrives(source, target), f"nothing from {source} got to {target} before")
        for source, target in ways:
            await self._machines.block(source, target)
        evidence = []
        for source, target in ways:
            _require(not await self._machines.arrives(source, target), f"{source} still gets through to {target}")
            evidence.append(f"{source} to {target}: datagrams arrived before, none does now")
        for source, target in open_ways:
            _require(await self._machines.arrives(source, target), f"{source} no longer gets through to {target}")
            evidence.append(f"{source} to {target}: datagrams still arrive")
        return evidence

    async def _starve(self, place: str, memory_mb: int) -> str:
        before = await self._machines.strain(place)
        await self._machines.restrain(place, memory_mb=memory_mb, cpu_percent=None)
        after = await self._machines.strain(place)
        _require(after.memory_limit_mb < before.memory_limit_mb, f"the kernel has no new limit for {place}")
        return (
            f"{place}: limit {after.memory_limit_mb:.0f} MiB, before {before.memory_limit_mb:.0f};"
            f" {after.memory_mb:.0f} used, {after.refused - before.refused} requests over it"
        )

    async def _throttle(self, place: str, cpu_percent: int) -> str:
        before = await self._machines.strain(place)
        await self._machines.restrain(place, memory_mb=None, cpu_percent=cpu_percent)
        deadline_ns = self._clock.now_ns() + int(STRAIN_S * 1e9)
        while (held := (await self._machines.strain(place)).throttled - before.throttled) <= 0:
            _require(
                self._clock.now_ns() < deadline_ns, f"no unit of {place} was held back at {cpu_percent} % of a core"
            )
            await self._clock.sleep(POLL_S)
        return f"{place}: the kernel held units back in {held} periods at {cpu_percent} % of a core"


def _ways(fault: Fault) -> list[tuple[str, str]]:
    found = pair(fault.target)
    assert found is not None
    first, second, both = found
    return [(first, second), (second, first)] if both else [(first, second)]


def _places(units: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(unit.partition("/")[0] for unit in units))


def _links(place: str, units: Sequence[str]) -> list[str]:
    """The links that end or begin at a machine."""
    hosts = _places(unit for unit in units if "/" in unit)
    lone = [unit for unit in units if "/" not in unit and unit != PROXY]
    if place in hosts:
        others = [unit for unit in lone if not unit.startswith("scheduler-")]
        return [f"client>{place}", f"peers>{place}", f"{place}>app", *(f"{place}>{unit}" for unit in others)]
    if place.startswith("scheduler-"):
        return [f"hosts>{place}"]
    if place == PROXY:
        return [link for other in (*hosts, *lone) for link in _links(other, [u for u in units if u != PROXY])]
    return [f"{host}>{place}" for host in hosts]


def _heard(arrives: bool) -> str:  # noqa: FBT001 one word for one fact
    return "datagrams arrive" if arrives else "no datagram arrives"


def _require(condition: object, message: str) -> None:
    if not condition:
        raise FaultError(message)
