"""Targets: which units, links and machines a fault's target stands for, on a given cluster at a given moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actorproof.harness.errors import UsageError
from actorproof.harness.history.halves import half

ONE_WAY = "->"
BOTH_WAYS = "<->"
PROXY = "toxiproxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a target stands for: units in the order in which they stop, and links."""

    units: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def resolve(target: str, *, units: Sequence[str], links: Sequence[str], leader: str | None) -> Resolved:
    """Resolve a target against a cluster's units and links; `leader` is the placement replica that leads now. A half of
    a host may be called as Dapr's are, ``host-1/app`` and ``host-1/sidecar``, whatever the runtime calls it.

    Raises UsageError, naming what there is, when the target stands for nothing.
    """
    if ">" in target:
        if target not in links:
            raise UsageError(f"link {target} is not in this topology: choose one of {', '.join(sorted(links))}")
        return Resolved(links=(target,))
    role, colon, which = target.partition(":")
    if colon:
        found = tuple(unit for unit in units if unit.startswith(f"{role}-"))
        if which == "leader":
            found = tuple(unit for unit in found if unit == leader)
        elif which != "all":
            found = ()
        if found:
            return Resolved(units=found)
    elif target in units:
        return Resolved(units=(target,))
    elif same := [unit for unit in units if half(unit) and (unit.partition("/")[0], half(unit)) == _half_of(target)]:
        return Resolved(units=tuple(same))
    elif halves := [unit for unit in units if unit.startswith(f"{target}/") and half(unit)]:
        return Resolved(units=tuple(sorted(halves, key=lambda unit: half(unit) == "app")))
    raise UsageError(
        f"target {target} is not in this topology: choose a host, one of {', '.join(sorted(units))}, or a group"
    )


def _half_of(target: str) -> tuple[str, str]:
    """The host of a target and the half of it that is meant, by whatever name."""
    return target.partition("/")[0], half(target)


def pair(target: str) -> tuple[str, str, bool] | None:
    """The two machines of a pair and whether both ways are meant; None when it is none."""
    for arrow in (BOTH_WAYS, ONE_WAY):
        first, found, second = target.partition(arrow)
        if found and first and second and first != second and ">" not in first + second:
            return first, second, arrow == BOTH_WAYS
    return None


def ways_of(target: str) -> list[tuple[str, str]]:
    """The ways that a pair means, each from one machine to the other."""
    found = pair(target)
    assert found is not None
    first, second, both = found
    return [(first, second), (second, first)] if both else [(first, second)]


def places_of(units: Iterable[str]) -> list[str]:
    """The machines that units run on."""
    return list(dict.fromkeys(unit.partition("/")[0] for unit in units))


def links_at(place: str, units: Sequence[str]) -> list[str]:
    """The links that end or begin at a machine, under the names that they have when proxied."""
    hosts = places_of(unit for unit in units if "/" in unit)
    lone = [unit for unit in units if "/" not in unit and unit != PROXY]
    if place in hosts:
        others = [unit for unit in lone if not unit.startswith("scheduler-")]
        return [f"client>{place}", f"peers>{place}", f"{place}>app", *(f"{place}>{unit}" for unit in others)]
    if place.startswith("scheduler-"):
        return [f"hosts>{place}"]
    if place == PROXY:
        return [link for other in (*hosts, *lone) for link in links_at(other, [u for u in units if u != PROXY])]
    return [f"{host}>{place}" for host in hosts]
