"""Kinds of faults, one record each: what a kind can strike, its traits, and its colour in charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from actorproof.harness.faults.verb import Verb
from actorproof.harness.history import fault_traits as traits


class Strikes(StrEnum):
    """What a kind of fault acts on."""

    UNITS = "units"
    LINKS = "links"
    MACHINES = "machines"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One kind of fault.

    Attributes:
        verb: its name.
        strikes: units and hosts, links, or machines of hosts and lone units.
        colour: of its bars and points, on light and on dark ground alike.
        traits: words of `harness.history.fault_traits`, written into the history with every fault of the kind.
    """

    verb: Verb
    strikes: Strikes
    colour: str
    traits: tuple[traits.FaultTrait, ...] = ()


_UNITS, _LINKS, _MACHINES = Strikes.UNITS, Strikes.LINKS, Strikes.MACHINES
_CRASHED: tuple[traits.FaultTrait, ...] = (traits.STOPS, traits.ENDS, traits.CRASHES)
_SEVERED: tuple[traits.FaultTrait, ...] = (traits.SEVERS,)
_LEFT: tuple[traits.FaultTrait, ...] = (traits.ENDS, traits.CALM)
_ALL = (
    FaultKind(verb=Verb.KILL, strikes=_UNITS, colour="#c8385a", traits=_CRASHED),
    FaultKind(verb=Verb.TERMINATE, strikes=_UNITS, colour="#e07b9a", traits=(traits.STOPS, traits.ENDS, traits.CALM)),
    FaultKind(verb=Verb.PAUSE, strikes=_UNITS, colour="#d98b1f", traits=(traits.PAUSES,)),
    FaultKind(verb=Verb.RESTART, strikes=_UNITS, colour="#a8733f", traits=(traits.STOPS, traits.ENDS)),
    FaultKind(verb=Verb.ADD, strikes=_UNITS, colour="#3a9d6b", traits=(traits.ENDS, traits.JOINS, traits.CALM)),
    FaultKind(verb=Verb.REMOVE, strikes=_UNITS, colour="#7c9a2e", traits=_LEFT),
    FaultKind(verb=Verb.CUT, strikes=_LINKS, colour="#5b6ee0", traits=_SEVERED),
    FaultKind(verb=Verb.RESET, strikes=_LINKS, colour="#8e5bd0", traits=(traits.SEVERS, traits.RESETS)),
    FaultKind(verb=Verb.SWALLOW, strikes=_LINKS, colour="#b65bc4", traits=_SEVERED),
    FaultKind(verb=Verb.STALL, strikes=_LINKS, colour="#2f8fc4", traits=_SEVERED),
    FaultKind(verb=Verb.DELAY, strikes=_LINKS, colour="#2aa5a5"),
    FaultKind(verb=Verb.LIMIT, strikes=_LINKS, colour="#6d8a99"),
    FaultKind(verb=Verb.SLICE, strikes=_LINKS, colour="#9a8f3a"),
    FaultKind(verb=Verb.DISCONNECT, strikes=_MACHINES, colour="#3f5fa8", traits=_SEVERED),
    FaultKind(verb=Verb.BLOCK, strikes=_MACHINES, colour="#7a6fd6", traits=_SEVERED),
    FaultKind(verb=Verb.STARVE, strikes=_MACHINES, colour="#b5552b"),
    FaultKind(verb=Verb.THROTTLE, strikes=_MACHINES, colour="#4f8f7f"),
)
KINDS: Mapping[Verb, FaultKind] = {kind.verb: kind for kind in _ALL}
LINK_VERBS = frozenset(kind.verb for kind in _ALL if kind.strikes is Strikes.LINKS)
MACHINE_VERBS = frozenset(kind.verb for kind in _ALL if kind.strikes is Strikes.MACHINES)
