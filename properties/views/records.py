"""Records: what a history's events are paired up into.

A turn's interval is inner: its start is written before user code runs, its end after its save and before the reply.
An operation's interval is outer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import EventRef

TurnEnd = Literal["completed", "failed", "killed", "open", "lost"]
CANARY = "Canary"
FAR_FUTURE_NS = 2**62
FAR_PAST_NS = 0
"""Before any event."""
USES = frozenset({"call", "reminder"})
"""The causes of turns that keep an actor active; a timer's does not."""


def host_of(name: str) -> str:
    """The host in the name of a unit or process: ``host-1`` for ``host-1/app#2``."""
    return name.partition("/")[0]


def ref(event: ev.Event, label: str) -> EventRef:
    """Name an event, with a label for the reader."""
    return EventRef(process=event.process, seq=event.seq, t_ns=event.t_ns, label=label)


@dataclass(slots=True, kw_only=True, eq=False)
class Save:
    """One state transaction of a turn. `end` is None when no answer was written."""

    id: str
    turn: str
    actor: str
    start: ev.SaveStarted
    end: ev.SaveEnded | None = None

    @property
    def acknowledged(self) -> bool:
        return self.end is not None and self.end.acknowledged


@dataclass(slots=True, kw_only=True, eq=False)
class RuntimeCall:
    """A turn's request to its sidecar, neither a save nor a call to an actor; `end` is None when none was written."""

    start: ev.RuntimeCallStarted
    end: ev.RuntimeCallEnded | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """One execution of actor code.

    `end_ns` is FAR_FUTURE_NS for a turn that never ended in an application that lives on (`ended` is ``open``). A turn
    that a witness outside the application lost sight of has `ended` ``lost``, and was open up to `end_ns` for sure.
    """

    start: ev.TurnStarted
    end: ev.TurnEnded | None = None
    ended: TurnEnd = "open"
    end_ns: int = FAR_FUTURE_NS
    saves: list[Save] = field(default_factory=list)
    runtime_calls: list[RuntimeCall] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.start.turn

    @property
    def actor(self) -> str:
        return self.start.actor

    @property
    def process(self) -> str:
        return self.start.process

    @property
    def host(self) -> str:
        return host_of(self.start.process)

    @property
    def start_ns(self) -> int:
        return self.start.t_ns

    @property
    def instance(self) -> tuple[str, str, int]:
        """(process, actor, number)."""
        return (self.start.process, self.start.actor, self.start.instance)

    @property
    def asks_state(self) -> bool:
        """Whether it asked the store for what its actor is like."""
        return any(call.start.what == "read" for call in self.runtime_calls)


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One operation of a client; without an end it is `info` and `end_ns` is FAR_FUTURE_NS.

    `turns` are those that carried it, in order of their start.
    """

    start: ev.Invoked
    end: ev.Completed | None = None
    turns: list[Turn] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.start.op

    @property
    def outcome(self) -> ev.Outcome:
        return self.end.outcome if self.end else "info"

    @property
    def start_ns(self) -> int:
        return self.start.t_ns

    @property
    def end_ns(self) -> int:
        return self.end.t_ns if self.end else FAR_FUTURE_NS

    @property
    def answering(self) -> Turn | None:
        """The turn that the reply names, when its start was witnessed; of an answer that names none, the only one that
        completed before it.
        """
        if self.end is None:
            return None
        if self.end.turn is None:
            done = [turn for turn in self.turns if turn.ended == "completed" and turn.end_ns <= self.end_ns]
            return done[0] if self.outcome == "ok" and len(done) == 1 else None
        return next((turn for turn in self.turns if turn.id == self.end.turn), None)


@dataclass(slots=True, kw_only=True, eq=False)
class Instance:
    """One life of an actor in one application process; in use from its first turn's start to its last turn's end."""

    process: str
    actor: str
    number: int
    turns: list[Turn]
    deactivated_ns: int | None = None

    @property
    def first_ns(self) -> int:
        return self.turns[0].start_ns

    @property
    def last_ns(self) -> int:
        return max(turn.end_ns for turn in self.turns)


@dataclass(slots=True, kw_only=True, eq=False)
class Life:
    """One incarnation of a unit. `ended_ns` is the instant before the signal that killed it, or its exit;
    `stopping_ns` the instant before it was asked to end.
    """

    unit: str
    incarnation: int
    started_ns: int
    ready_ns: int | None = None
    stopping_ns: int = FAR_FUTURE_NS
    ended_ns: int = FAR_FUTURE_NS
    exited_ns: int = FAR_FUTURE_NS
    exit: ev.UnitExited | None = None
    expected: bool = True
    paused: list[tuple[int, int]] = field(default_factory=list)

    def stopped_during(self, start_ns: int, end_ns: int) -> bool:
        """Whether it was paused at any instant of [start_ns, end_ns]."""
        return any(a <= end_ns and start_ns <= b for a, b in self.paused)


@dataclass(slots=True, kw_only=True, eq=False)
class FaultSpan:
    """One fault from the instant before it was injected until it was healed (FAR_FUTURE_NS if never)."""

    start: ev.FaultStarted
    took: ev.FaultTook | None = None
    healed_ns: int = FAR_FUTURE_NS

    @property
    def kind(self) -> str:
        """Verb and target with the number taken out: ``pause host/app``, ``cut host>store``."""
        return ev.fault_kind(self.start.verb, self.start.target)
