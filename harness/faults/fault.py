"""Faults as data, and what becomes of one that is injected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from actorproof.harness.cluster.port import Exchange, Strain, UnitState, Worker
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.kind import FaultKind
from actorproof.harness.faults.registry import kind
from actorproof.harness.faults.target import Resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One disturbance. UsageError when its kind does not take the target or a parameter.

    Attributes:
        verb: of its kind (`actorproof list --faults` lists them).
        target: a host (``host-2``), a unit (``host-2/app``, ``placement-0``, ``store``), a group
            (``placement:leader``, ``placement:all``, ``scheduler:all``), a link (``host-2>store``), or a pair of
            machines, one way (``host-1->host-2``) or both (``host-1<->host-2``).
        params: its kind's parameters; those that are not given have their defaults.
    """

    verb: str
    target: str
    params: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.kind.fits(self.target):
            raise UsageError(f"fault {self.verb} on {self.target}: {self.kind.wanted} is wanted")
        object.__setattr__(self, "params", self.kind.numbers(self.params))

    @property
    def kind(self) -> FaultKind:
        """Its kind."""
        return kind(self.verb)


@dataclass(slots=True, kw_only=True)
class Injected:
    """A fault that is in place.

    Attributes:
        resolved: the units and links that it touches.
        led: the placement replica that led when it was injected, where that is what was meant.
        proved: whether its effect was seen.
        worker: the process of a host that was struck, where that is what the fault strikes.
        states, exchanges, strains: what its kind found before it, by unit, link and machine.
    """

    fault: Fault
    resolved: Resolved
    led: str | None = None
    proved: bool = False
    worker: Worker | None = None
    states: dict[str, UnitState] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    strains: dict[str, Strain] = field(default_factory=dict)
