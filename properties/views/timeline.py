"""Timeline: an indexed history, which every checker asks.

It is built once, and shared by all checkers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import pairwise
from typing import TypeVar, cast

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import EventRef, Span, Violation
from actorproof.properties.views import problems
from actorproof.properties.views.reading import Reading
from actorproof.properties.views.records import CANARY, FAR_PAST_NS, FaultSpan, Instance, Life, Operation, Turn, host_of

View = TypeVar("View")


class Timeline(Reading):
    """An indexed history: what was read, and what is asked of it. Build it with `Timeline(events)`, as a `Reading`.

    Attributes:
        instances: every life of an actor in a host's memory, in order of start.
    """

    def __init__(self, events: Iterable[ev.Event], *, numbered: bool = True, whole: bool = False) -> None:
        super().__init__(events, numbered=numbered, whole=whole)
        self._views: dict[object, object] = {}
        self.problems += [*problems.unwitnessed(self), *problems.refuted(self)]

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
        """When a process wrote its last event; FAR_PAST_NS when it wrote none."""
        return self._last_event_ns.get(process, FAR_PAST_NS)

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
        return self._operation.get(turn.start.op or "")

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
