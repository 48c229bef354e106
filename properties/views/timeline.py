"""Timeline: the events of a history paired up into the things that checkers reason about.

A turn's interval is inner: its start is written before user code runs, its end after its save and before the reply.
An operation's interval is outer. An open turn of an application that died ends just before its kill: the later of its
last event and the instant before the signal. The death of a sidecar ends no turn.

Everything is built once, in one pass over the merged events, and shared by all checkers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeVar, cast

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import EventRef, Span, Violation
from actorproof.properties.views import problems
from actorproof.properties.views.problems import Problem
from actorproof.properties.views.state.commits import reread

TurnEnd = Literal["completed", "failed", "killed", "open", "lost"]
CANARY = "Canary"
View = TypeVar("View")
FAR_FUTURE_NS = 2**62
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


class Timeline:
    """An indexed history. Build it with `Timeline(events)`; `events` must be in merged order (t_ns, process, seq).

    `numbered=False` is for a part of a history: running numbers then have gaps that mean nothing. `whole=True` says of
    such a part that the history that it was taken from has no gaps.

    Attributes:
        run: the run-started event, None when the history has none.
        turns, operations, saves, faults, lives, instances: everything, in order of start.
        commits: the store's own log, in its order.
        unclear: actors of which some commit can't be told from another actor's (see `commits`).
        needless: the DELETEs of actors that the application did not hold.
        sdks: the SDKs that applications of others named, each once a process.
        phases: when each phase was reached.
        problems: what is wrong with the history itself.
    """

    def __init__(self, events: Iterable[ev.Event], *, numbered: bool = True, whole: bool = False) -> None:
        self._numbered = numbered
        self._whole = whole or numbered
        self.run: ev.RunStarted | None = None
        self.turns: list[Turn] = []
        self.operations: list[Operation] = []
        self.saves: list[Save] = []
        self.faults: list[FaultSpan] = []
        self.lives: list[Life] = []
        self.commits: list[ev.StoreCommitted] = []
        self.unclear: frozenset[str] = frozenset()
        self.tables: list[ev.TableObserved] = []
        self.sidecars: list[ev.SidecarObserved] = []
        self.memory: list[ev.MemoryObserved] = []
        self.deactivations: list[ev.Deactivated] = []
        self.asked: ev.ApplicationAsked | None = None
        self.goodbyes: list[ev.DeactivationAnswered] = []
        self.needless: list[ev.Deactivated] = []
        self.sdks: list[ev.SdkNamed] = []
        self.unattributed: list[ev.Unattributed] = []
        self.invariants: list[ev.InvariantBroken] = []
        self.refusals: list[ev.UnattributedRefused] = []
        self.stalls: list[ev.Stalled | ev.WallStepped] = []
        self.store_log_broken: str = ""
        self.phases: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.first_ns = 0
        self.last_ns = 0
        self.event_count = 0
        self._turn: dict[str, Turn] = {}
        self._operation: dict[str, Operation] = {}
        self._save: dict[str, Save] = {}
        self._losses: dict[str, ev.TurnLost] = {}
        self._runtime_call: dict[str, RuntimeCall] = {}
        self._fault: dict[str, FaultSpan] = {}
        self._life: dict[tuple[str, int], Life] = {}
        self._last_event_ns: dict[str, int] = {}
        self._opened: dict[str, ev.JournalOpened] = {}
        self._next_seq: dict[str, int] = {}
        self._views: dict[object, object] = {}
        for event in events:
            self._add(event)
        self._finish()

    # ---- building

    def _add(self, event: ev.Event) -> None:
        if not self.event_count:
            self.first_ns = event.t_ns
        self.event_count += 1
        self.last_ns = event.t_ns
        process = event.process
        expected = self._next_seq.get(process, 0)
        if self._numbered and event.seq != expected:
            self.problems.append(problems.missing(event, expected))
        self._next_seq[process] = event.seq + 1
        self._last_event_ns[process] = event.t_ns
        match event:
            case ev.Invoked():
                if event.op in self._operation:
                    self.problems.append(problems.twice(event, f"operation {event.op} is invoked twice"))
                    return
                self._operation[event.op] = operation = Operation(start=event)
                self.operations.append(operation)
            case ev.Completed():
                self._complete(event)
            case ev.TurnStarted():
                if event.turn in self._turn:
                    self.problems.append(problems.twice(event, f"turn {event.turn} starts twice"))
                    return
                self._turn[event.turn] = turn = Turn(start=event)
                self.turns.append(turn)
            case ev.TurnEnded():
                self._end_turn(event)
            case ev.TurnLost():
                self._lose_turn(event)
            case ev.SaveStarted():
                if event.save in self._save:
                    self.problems.append(problems.twice(event, f"save {event.save} starts twice"))
                    return
                self._save[event.save] = save = Save(id=event.save, turn=event.turn, actor=event.actor, start=event)
                self.saves.append(save)
                if event.turn in self._turn:
                    self._turn[event.turn].saves.append(save)
            case ev.SaveEnded():
                self._end_save(event)
            case ev.RuntimeCallStarted():
                self._runtime_call[event.call] = call = RuntimeCall(start=event)
                if event.turn in self._turn:
                    self._turn[event.turn].runtime_calls.append(call)
            case ev.RuntimeCallEnded():
                if event.call in self._runtime_call:
                    self._runtime_call[event.call].end = event
            case ev.StoreCommitted():
                self.commits.append(event)
            case _:
                self._add_rare(event)

    def _complete(self, event: ev.Completed) -> None:
        operation = self._operation.get(event.op)
        if operation is None or operation.end is not None:
            if operation is None:
                self.problems.append(problems.unbegun(event, f"operation {event.op} is never invoked"))
            else:
                self.problems.append(problems.twice(event, f"operation {event.op} is completed twice"))
            return
        operation.end = event

    def _end_turn(self, event: ev.TurnEnded) -> None:
        turn = self._turn.get(event.turn)
        if turn is None or turn.end is not None:
            if turn is None:
                self.problems.append(problems.unbegun(event, f"turn {event.turn} ends but never started"))
            else:
                self.problems.append(problems.twice(event, f"turn {event.turn} ends but ended before"))
            return
        turn.end = event
        turn.end_ns = event.t_ns
        turn.ended = "completed" if event.completed else "failed"

    def _lose_turn(self, event: ev.TurnLost) -> None:
        turn = self._turn.get(event.turn)
        if turn is None:
            self.problems.append(problems.unbegun(event, f"turn {event.turn} is lost from sight but never started"))
            return
        self._losses[event.turn] = event
        turn.end_ns = event.t_ns if event.seen_ns is None else event.seen_ns
        turn.ended = "lost"

    def _end_save(self, event: ev.SaveEnded) -> None:
        save = self._save.get(event.save)
        if save is None or save.end is not None:
            if save is None:
                self.problems.append(problems.unbegun(event, f"save {event.save} ends but never started"))
            else:
                self.problems.append(problems.twice(event, f"save {event.save} ends but ended before"))
            return
        save.end = event

    def _add_rare(self, event: ev.Event) -> None:
        match event:
            case ev.JournalOpened():
                self._opened[event.process] = event
            case ev.RunStarted():
                self.run = event
            case ev.PhaseReached():
                self.phases[event.phase] = event.t_ns
            case ev.Deactivated(instance=0):
                self.needless.append(event)
            case ev.Deactivated():
                self.deactivations.append(event)
            case ev.FaultStarted():
                if event.fault in self._fault:
                    self.problems.append(problems.twice(event, f"fault {event.fault} starts twice"))
                    return
                self._fault[event.fault] = span = FaultSpan(start=event)
                self.faults.append(span)
            case ev.FaultTook() | ev.FaultHealed():
                self._go_on_fault(event)
            case ev.UnitStarted():
                if (event.unit, event.incarnation) in self._life:
                    unit = f"{event.unit}#{event.incarnation}"
                    self.problems.append(problems.twice(event, f"unit {unit} starts twice"))
                    return
                life = Life(unit=event.unit, incarnation=event.incarnation, started_ns=event.t_ns)
                self._life[event.unit, event.incarnation] = life
                self.lives.append(life)
            case ev.UnitReady() | ev.UnitSignalled() | ev.UnitExited():
                self._go_on_unit(event)
            case ev.TableObserved():
                self.tables.append(event)
            case ev.SidecarObserved():
                self.sidecars.append(event)
            case ev.MemoryObserved():
                self.memory.append(event)
            case ev.StoreLogBroken():
                self.store_log_broken = event.reason
            case ev.Stalled() | ev.WallStepped():
                self.stalls.append(event)
            case _:
                self._add_of_application(event)

    def _add_of_application(self, event: ev.Event) -> None:
        """What is told of an application of a user's own."""
        match event:
            case ev.ApplicationAsked():
                self.asked = event
            case ev.DeactivationAnswered():
                self.goodbyes.append(event)
            case ev.SdkNamed():
                self.sdks.append(event)
            case ev.Unattributed():
                self.unattributed.append(event)
            case ev.UnattributedRefused():
                self.refusals.append(event)
            case ev.InvariantBroken():
                self.invariants.append(event)
            case _:
                pass

    def _go_on_fault(self, event: ev.FaultTook | ev.FaultHealed) -> None:
        span = self._fault.get(event.fault)
        if span is None:
            self.problems.append(problems.unbegun(event, f"fault {event.fault} goes on but never started"))
        elif isinstance(event, ev.FaultTook):
            span.took = event
        else:
            span.healed_ns = event.t_ns

    def _go_on_unit(self, event: ev.UnitReady | ev.UnitSignalled | ev.UnitExited) -> None:
        """What becomes of a unit's incarnation."""
        life = self._life.get((event.unit, event.incarnation))
        if life is None:
            unit = f"{event.unit}#{event.incarnation}"
            self.problems.append(problems.unbegun(event, f"unit {unit} goes on but never started"))
            return
        match event:
            case ev.UnitReady():
                life.ready_ns = event.t_ns
            case ev.UnitExited():
                life.exited_ns = event.t_ns
                life.exit = event
                life.ended_ns = min(life.ended_ns, event.t_ns)
                life.expected = event.expected
            case ev.UnitSignalled(signal="SIGTERM"):
                life.stopping_ns = min(life.stopping_ns, event.t_ns)
            case ev.UnitSignalled(signal="SIGKILL"):
                life.ended_ns = min(life.ended_ns, event.t_ns)
            case ev.UnitSignalled(signal="SIGSTOP"):
                life.paused.append((event.t_ns, FAR_FUTURE_NS))
            case ev.UnitSignalled(signal="SIGCONT") if life.paused:
                life.paused[-1] = (life.paused[-1][0], event.t_ns)
            case _:
                pass

    def _finish(self) -> None:
        self.commits, self.unclear = reread(self.commits, (save.start for save in self.saves))
        boots = {(o.boot_id, o.time_namespace) for o in self._opened.values()}
        if len(boots) > 1:
            self.problems.append(problems.clocks())
        for turn in self.turns:
            if turn.end is None and turn.ended != "lost":
                life = self._life_of(turn.process)
                if life is not None and life.exited_ns != FAR_FUTURE_NS:
                    last = self._last_event_ns[turn.process]
                    turn.end_ns = max(turn.start_ns, last, life.ended_ns if life.ended_ns < life.exited_ns else last)
                    turn.ended = "killed"
            operation = self._operation.get(turn.start.op) if turn.start.op else None
            if operation is not None:
                operation.turns.append(turn)
        self.problems += [*problems.unwitnessed(self), *problems.refuted(self)]

    def _life_of(self, process: str) -> Life | None:
        unit, _, number = process.rpartition("#")
        return self._life.get((unit, int(number))) if number.isdigit() else None

    # ---- asking

    def life_of(self, process: str) -> Life | None:
        """The incarnation that an application's process name stands for."""
        return self._life_of(process)

    @cached_property
    def halves(self) -> tuple[Timeline, Timeline]:
        """The same history without the canary's actors, and with nothing but them. Cluster events stand in both."""
        return self._of(canary=False), self._of(canary=True)

    def _of(self, *, canary: bool) -> Timeline:
        part = copy(self)
        for name, member in vars(Timeline).items():
            if isinstance(member, cached_property):
                vars(part).pop(name, None)
        part.turns = [turn for turn in self.turns if turn.actor.startswith(CANARY) is canary]
        part.operations = [each for each in self.operations if each.start.actor.startswith(CANARY) is canary]
        part.saves = [save for save in self.saves if save.actor.startswith(CANARY) is canary]
        part.deactivations = [each for each in self.deactivations if each.actor.startswith(CANARY) is canary]
        part._turn = {turn.id: turn for turn in part.turns}  # noqa: SLF001 - of its own class
        part._operation = {each.id: each for each in part.operations}  # noqa: SLF001 - as above
        part._save = {save.id: save for save in part.saves}  # noqa: SLF001 - as above
        part._views = {}  # noqa: SLF001 - as above
        return part

    def view(self, make: Callable[[Timeline, Mapping[str, float]], View], limits: Mapping[str, float]) -> View:
        """What `make` gives for this timeline and these limits, made once, however many ask for it."""
        key = (make, frozenset(limits.items()))
        if key not in self._views:
            self._views[key] = make(self, limits)
        return cast("View", self._views[key])

    @property
    def whole(self) -> bool:
        """Whether no line is missing between any process's first and its last."""
        return self._whole and not self.problems

    def last_event_ns(self, process: str) -> int:
        """When a process wrote its last event; 0 when it wrote none."""
        return self._last_event_ns.get(process, 0)

    def idle_ns(self, actor: str) -> int:
        """The idle time-out of an actor; 0 where nothing is known of the run."""
        return 0 if self.run is None else round(self.run.idle_s(actor) * 1e9)

    def fails(self, actor: str, method: str) -> bool:
        """Whether its type declares that each call of a method has to fail."""
        return self._effect(actor, method) == "fails"

    def reads(self, actor: str, method: str) -> bool:
        """Whether its type declares that a method only tells of its actor's state."""
        return self._effect(actor, method) == "reads"

    def _effect(self, actor: str, method: str) -> ev.Effect | None:
        declared = None if self.run is None else self.run.type_of(actor)
        methods = declared.methods if declared is not None else ()
        return next((each.effect for each in methods if each.name == method), None)

    def reentrant(self, actor: str) -> bool:
        """Whether a chain of calls may enter an actor again. Where nothing is known of the run, it may."""
        if self.run is None:
            return True
        return self.run.reentrancy != (actor.partition("/")[0] in self.run.reentrancy_exceptions)

    def turn(self, id_: str) -> Turn | None:
        return self._turn.get(id_)

    def loss(self, id_: str) -> ev.TurnLost | None:
        """Where a turn was lost from sight; None when it was not."""
        return self._losses.get(id_)

    def operation(self, id_: str) -> Operation | None:
        return self._operation.get(id_)

    def call_of(self, turn: Turn) -> Operation | None:
        """The operation that a turn came from; None where it came from none, or the history has it not."""
        return self._operation.get(turn.start.op) if turn.start.op else None

    @cached_property
    def lives_by_unit(self) -> dict[str, list[Life]]:
        """Incarnations per unit, in order."""
        found: dict[str, list[Life]] = defaultdict(list)
        for life in self.lives:
            found[life.unit].append(life)
        return dict(found)

    def lives_of(self, unit: str) -> list[Life]:
        """The incarnations of a unit, in order. A half of a host is found as its ``app`` or ``sidecar``, too."""
        return self.lives_by_unit.get(self._named.get(unit, unit), [])

    @cached_property
    def _named(self) -> dict[str, str]:
        """What the halves of each host are called, by ``host-1/app`` and ``host-1/sidecar``."""
        return {f"{host_of(unit)}/{half}": unit for unit in self.lives_by_unit if (half := ev.half(unit))}

    def life_at(self, unit: str, t_ns: int) -> Life | None:
        """The incarnation of a unit that was alive at an instant, if any."""
        lives = self.lives_of(unit)
        at = bisect_right(lives, t_ns, key=lambda life: life.started_ns) - 1
        return lives[at] if at >= 0 and t_ns < lives[at].ended_ns else None

    def turns_of(self, actor: str) -> list[Turn]:
        """An actor's turns, in order of their start; none where it had none."""
        return self.turns_by_actor.get(actor, [])

    def operations_of(self, actor: str) -> list[Operation]:
        """Likewise its operations."""
        return self.operations_by_actor.get(actor, [])

    def commits_of(self, actor: str) -> list[ev.StoreCommitted]:
        """Likewise the commits that wrote a key of it."""
        return self.commits_by_actor.get(actor, [])

    @cached_property
    def turns_by_actor(self) -> dict[str, list[Turn]]:
        """Turns per actor, in order of their start."""
        found: dict[str, list[Turn]] = defaultdict(list)
        for turn in self.turns:
            found[turn.actor].append(turn)
        return dict(found)

    @cached_property
    def operations_by_actor(self) -> dict[str, list[Operation]]:
        """Operations per actor, in order of their invocation."""
        found: dict[str, list[Operation]] = defaultdict(list)
        for operation in self.operations:
            found[operation.start.actor].append(operation)
        return dict(found)

    @cached_property
    def commits_by_actor(self) -> dict[str, list[ev.StoreCommitted]]:
        """Commits per actor of which they wrote a key, in the order of the store's log."""
        found: dict[str, list[ev.StoreCommitted]] = defaultdict(list)
        for commit in self.commits:
            for actor in {write.actor for write in commit.writes}:
                found[actor].append(commit)
        return dict(found)

    @cached_property
    def instances(self) -> list[Instance]:
        """Every instance that had a turn, in order of its first."""
        found: dict[tuple[str, str, int], list[Turn]] = {}
        for turn in self.turns:
            found.setdefault(turn.instance, []).append(turn)
        ended = {(d.process, d.actor, d.instance): d.t_ns for d in self.deactivations}
        return [
            Instance(process=key[0], actor=key[1], number=key[2], turns=turns, deactivated_ns=ended.get(key))
            for key, turns in found.items()
        ]

    @cached_property
    def moves(self) -> list[tuple[Turn, Turn]]:
        """Consecutive turns of one actor in different processes."""
        return [(a, b) for turns in self.turns_by_actor.values() for a, b in pairwise(turns) if a.process != b.process]

    def faults_during(self, start_ns: int, end_ns: int) -> Sequence[FaultSpan]:
        """Faults whose span touches [start_ns, end_ns]."""
        return [f for f in self.faults if f.start.t_ns <= end_ns and start_ns <= f.healed_ns]

    def trigger_at(self, t_ns: int, *, wake_s: float = 15.0) -> str:
        """The kind of the latest fault active at t_ns or healed at most `wake_s` before it; else ``none``."""
        wake_ns = int(wake_s * 1e9)
        near = [f for f in self.faults if f.took and f.start.t_ns <= t_ns <= f.healed_ns + wake_ns]
        return near[-1].kind if near else "none"

    def lane(self, fault: FaultSpan, *, from_ns: int | None = None) -> Span:
        """How a violation's drawing shows a fault: from its start, or later, to its heal or the history's end."""
        start_ns = fault.start.t_ns if from_ns is None else from_ns
        return Span(lane="fault", label=fault.kind, start_ns=start_ns, end_ns=min(fault.healed_ns, self.last_ns))

    def violation(
        self,
        *,
        anomaly: str,
        actor: str,
        summary: str,
        events: Iterable[EventRef],
        spans: Iterable[Span],
        at_ns: int,
        near_ns: int = 0,
    ) -> Violation:
        """A violation at `at_ns`; it is the later of that and `near_ns` whose fault is its trigger."""
        return Violation(
            anomaly=anomaly,
            actor=actor,
            summary=summary,
            events=tuple(events),
            spans=tuple(spans),
            trigger=self.trigger_at(max(at_ns, near_ns)),
            at_ns=at_ns,
        )

    @property
    def observed_ns(self) -> int:
        """Up to when actors were left to themselves: the phase in which the run reads final states, or ends."""
        return next((self.phases[name] for name in ("final", "quiet", "closed") if name in self.phases), self.last_ns)

    @property
    def closed(self) -> bool:
        """Whether absence may be concluded: the run was closed in order and nothing is missing from the logs."""
        return "closed" in self.phases and not self.problems
