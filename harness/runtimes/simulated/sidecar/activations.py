"""Activations: the actors that live in this host now, each with its lock, its chain of calls and its timers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.subjects.timers import TimerRequest


@dataclass(slots=True, kw_only=True, eq=False)
class Timer:
    """One registered timer: when its next tick is due, and how many are left (None: no end)."""

    request: TimerRequest
    due_ns: int
    left: int | None
    until_ns: int | None


@dataclass(slots=True, kw_only=True, eq=False)
class Activation:
    """One life of an actor in this host.

    Attributes:
        lock: what a turn waits for; it is held until the application has said that the turn is over.
        version: of the table under which the store knows that this host has the actor; None until it does.
        turns: the keys of those that run now, innermost last: more than one only of one chain, but for readers.
        chain: the reentrancy id of the calls that hold the lock; None where reentrancy is off.
        depth: how many calls of that chain are in there; it must not pass the limit.
        readers: how many turns run beside those that wait for the lock, and don't hold it: they only read.
        left: set when one of the chain, or a reader, has left.
        used_ns: when its last turn ended.
        gone: it was given back; whoever waited for it has to ask again.
        moving: set when it is being given back.
        timers: those that its turns registered, by name.
    """

    actor: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    version: int | None = None
    turns: list[int] = field(default_factory=list)
    chain: str | None = None
    depth: int = 0
    readers: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    used_ns: int
    gone: bool = False
    moving: asyncio.Event = field(default_factory=asyncio.Event)
    timers: dict[str, Timer] = field(default_factory=dict)


class Activations:
    """The activations of one session, by actor."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._by_actor: dict[str, Activation] = {}

    def __iter__(self) -> Iterator[Activation]:
        return iter(list(self._by_actor.values()))

    def get(self, actor: str) -> Activation | None:
        """The activation of an actor, if it lives here."""
        return self._by_actor.get(actor)

    def in_turn(self, actor: str) -> Activation | None:
        """The activation of an actor that may use the store and timers: it is claimed, and a turn of it runs."""
        activation = self._by_actor.get(actor)
        if activation is None or activation.version is None or not activation.turns:
            return None
        return activation

    def activate(self, actor: str) -> Activation:
        """Begin a life of an actor."""
        activation = self._by_actor[actor] = Activation(actor=actor, used_ns=self._loop.now_ns)
        return activation

    def end(self, activation: Activation) -> None:
        """An activation is over."""
        activation.gone = True
        if self._by_actor.get(activation.actor) is activation:
            del self._by_actor[activation.actor]

    def end_all(self) -> None:
        """All are over: the session is."""
        for activation in self._by_actor.values():
            activation.gone = True
        self._by_actor = {}
