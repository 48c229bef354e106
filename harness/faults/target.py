"""Targets: which units and links a fault's target stands for, on a given cluster at a given moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a target stands for: units in the order in which they stop, or one link."""

    units: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def resolve(target: str, *, units: Sequence[str], links: Sequence[str], leader: str | None) -> Resolved:
    """Resolve a target against a cluster's units and links; `leader` is the placement replica that leads now.

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
    elif f"{target}/sidecar" in units:
        return Resolved(units=(f"{target}/sidecar", f"{target}/app"))
    raise UsageError(
        f"target {target} is not in this topology: choose a host, one of {', '.join(sorted(units))}, or a group"
    )
