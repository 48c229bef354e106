"""FaultKind: all there is to know about one kind of fault, in one record.

Its families (`units`, `links`, `machines`, `volumes`, `workers`) have what their kinds share. The nemesis performs
kinds, the state machine draws them, the tours go through them, checkers ask for their traits, and reports take their
colours.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.target import Resolved, resolve
from actorproof.harness.history.fault_traits import FaultTrait

if TYPE_CHECKING:  # a fault looks its kind up
    from actorproof.harness.faults.fault import Fault, Injected
    from actorproof.harness.faults.ground import Ground

LAST = 1000
VERB = re.compile(r"[a-z][a-z0-9-]*")
RGB = re.compile(r"#[0-9a-f]{6}")


class Strikes(StrEnum):
    """What a kind of fault acts on."""

    UNITS = "units"
    LINKS = "links"
    MACHINES = "machines"
    VOLUMES = "volumes"
    WORKERS = "workers"


class Drawn(StrEnum):
    """What the state machine may aim a fault at."""

    HOSTS = "hosts that run from the start, and either half of them"
    LEAVERS = "hosts that run from the start, as a whole, beside the hosts that join"
    SPARES = "hosts that do not run yet"
    CONTROL = "the store, placement, schedulers"
    LINKS = "every link"
    APP_LINKS = "links to applications, more often than others"
    WORKERS = "the workers of hosts that run from the start, where they have any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """What its bars and points are drawn in: on light ground, and on dark. Both as ``#rrggbb``."""

    light: str
    dark: str

    def __post_init__(self) -> None:
        for colour in (self.light, self.dark):
            if not RGB.fullmatch(colour):
                raise ValueError(f"colour {colour!r}: write it as #rrggbb, in small letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that says how a fault is done. The unit stands in its name; `least` is the smallest that can be."""

    name: str
    default: int
    least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TourStop:
    """One fault of a tour. What is `last` comes after everything else, since it may leave something behind."""

    target: str
    params: Mapping[str, int] = field(default_factory=dict)
    last: bool = False


@dataclass(frozen=True, kw_only=True)
class FaultKind(ABC):
    """One kind of fault.

    Attributes:
        verb: its name, in small letters.
        what: what it does, in one line.
        colour: in charts and drawings.
        traits: words of `harness.history.fault_traits`, written into the history with every fault of the kind.
        parameters: the numbers that it takes.
        strengths: numbers that the state machine draws it with, from weak to strong.
        drawn: what the state machine may aim it at.
        tour: what a tour does with it.
        order: its place among the kinds. What is drawn from a seed depends on it: leave a new kind behind the others.
        strikes, wanted: what its family acts on, and the targets that it takes, in words.
    """

    verb: str
    what: str
    colour: Colour
    traits: tuple[FaultTrait, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    strengths: tuple[Mapping[str, int], ...] = ({},)
    drawn: frozenset[Drawn] = frozenset()
    tour: tuple[TourStop, ...] = ()
    order: int = LAST

    strikes: ClassVar[Strikes]
    wanted: ClassVar[str]

    def __post_init__(self) -> None:
        if not VERB.fullmatch(self.verb):
            raise ValueError(f"fault kind {self.verb!r}: name it in small letters, digits and hyphens")
        if not self.strengths:
            raise ValueError(f"fault kind {self.verb}: give it one strength at least")
        for params in (*self.strengths, *(stop.params for stop in self.tour)):
            self.numbers(params)

    def has(self, trait: FaultTrait) -> bool:
        """Whether it has that trait."""
        return trait in self.traits

    def numbers(self, params: Mapping[str, int]) -> dict[str, int]:
        """All of its parameters, those that are not given by their defaults. UsageError for one that can't be."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name, value in params.items():
            if name not in known:
                choose = f"choose one of {', '.join(known)}" if known else "it takes none"
                raise UsageError(f"fault {self.verb} has no parameter {name}: {choose}")
            if value < known[name].least:
                wrong = "is negative" if known[name].least == 0 else "has to be positive"
                raise UsageError(f"fault {self.verb}: {name} {wrong}")
        return {name: params.get(name, parameter.default) for name, parameter in known.items()}

    @abstractmethod
    def fits(self, target: str) -> bool:
        """Whether a target is of the form that it takes."""

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """The units and links that a fault touches on a cluster; `leader` is the placement replica that leads now.

        UsageError when the target is not there, or can't be struck there.
        """
        return resolve(fault.target, units=ground.cluster.units(), links=ground.cluster.links(), leader=leader)

    async def baseline(self, ground: Ground, injected: Injected) -> None:  # noqa: B027 - most kinds need none
        """Measure what the proof is held against, before the fault starts. It never raises."""

    @abstractmethod
    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Do it. FaultError or ClusterError when it can't be done."""

    @abstractmethod
    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """What shows that it took effect. FaultError when nothing does."""

    @abstractmethod
    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Take it back, and say what shows that; unless `patient`, without waiting until all is well.

        ClusterError when it can't be done. It works after an `apply` that failed, too.
        """
