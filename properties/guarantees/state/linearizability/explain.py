"""Explain: which known breach of another promise makes an actor's calls fit no order.

Turns that ran at once (`turns`), instances that were in use at once (`activation`) and saves that were committed after
nobody waited for them any more leave what a sequential actor never would. The question is answered by trying: turns
that had part in such a thing are freed, which means that their answers are forgotten and what they saved is put in
place as it was saved, when the store's log has it. When the rest fits the model then, the breach explains the
violation; when nothing is left that could be freed, the violation is *unexplained*, and when the budget is used up,
nothing is said of its class.

Only what is in the way is freed, and only if it had part: where the search is stuck, that is

- turns that ran at once with one that can't be placed, or else one that can't be placed itself, if its instance worked
  with a cache that such turns, or another instance, may have left stale;
- else the last turns before it that ran at once;
- else the last turn before it whose save was not acknowledged;
- else the last turn before it that saved what a failed turn of its instance had left: the save names that turn.

A cache is stale until its instance has had a save of its own acknowledged, outside of the race; for methods that tell
more than a save writes, for as long as the instance lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from actorproof.properties.guarantees.execution import turns
from actorproof.properties.guarantees.lives import activation
from actorproof.properties.guarantees.state.linearizability.calls import Calls, Log, StrangeCallError, commits_by_turn
from actorproof.properties.guarantees.state.linearizability.subject import Kind
from actorproof.properties.linearizability.answer import Linearizable, NotLinearizable
from actorproof.properties.linearizability.search import search
from actorproof.properties.verdict.findings import Budget, Terms
from actorproof.properties.views.records import Instance, Turn
from actorproof.properties.views.state.kept import kept_from
from actorproof.properties.views.timeline import Timeline

LATE = "late save"
KEPT = "kept from a failed turn"
UNEXPLAINED = "unexplained"
UNFINISHED = "explanation out of budget"
UNTOLD = "explanation out of sight"
Key = tuple[str, str, int]
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Race:
    """Turns of an actor that had part in one breach of another promise, and its class or clause."""

    anomaly: str
    turns: tuple[Turn, ...]
    since_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The class of a violation, the turns that were freed for it, and of these some that show that class.

    None of either when it is unexplained.
    """

    anomaly: str
    turns: tuple[Turn, ...] = ()
    shown: tuple[Turn, ...] = ()


class Explainer:
    """Explains the violations of one history; `terms` have the limits of `turns` and `activation`, and their classes
    the worst first: what explains a violation in several ways counts as the worst.
    """

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._terms = terms

    @cached_property
    def _log(self) -> Log:
        return commits_by_turn(self._timeline)

    @cached_property
    def _turns(self) -> turns.Meetings:
        return turns.Meetings(self._timeline, self._terms)

    @cached_property
    def _instances(self) -> activation.Meetings:
        return activation.Meetings(self._timeline, self._terms)

    def classes(self, actor: str) -> set[str]:
        """What could explain a violation of this actor."""
        found = {anomaly for _, _, anomaly in self._turns.of(actor)}
        found |= {anomaly for _, _, anomaly in self._instances.of(actor)}
        of_actor = self._timeline.turns_of(actor)
        found |= {LATE} if any(map(_late, of_actor)) else set()
        return found | ({KEPT} if any(kept_from(turn, of_actor) for turn in of_actor) else set())

    def explain(self, calls: Calls, *, rest: Callable[[], Budget]) -> Explanation:
        """Why an actor's calls don't fit. `rest` is the budget that is left; a search is made for every race freed."""
        actor = calls.actor
        if not calls.kind.reads_saves:
            return self._without_saves(calls, rest())
        races = [Race(anomaly, (a, b), b.start_ns) for a, b, anomaly in self._turns.of(actor)]
        doubles = list(self._instances.of(actor))
        of_actor = self._timeline.turns_of(actor)
        late = [Race(LATE, (t,), t.start_ns) for t in of_actor if _late(t)]
        kept = [Race(KEPT, (t,), t.start_ns) for t in of_actor if kept_from(t, of_actor)]
        freed: dict[str, Turn] = {}
        used: list[Race] = []
        while True:
            budget = rest()
            try:
                answer = search(calls.freed(freed.keys(), self._log), calls.kind.loose, budget=budget, now=budget.now)
            except StrangeCallError:
                return Explanation(anomaly=UNEXPLAINED)
            if isinstance(answer, Linearizable):
                worst = min({race.anomaly for race in used}, key=self._terms.classes.index)
                # Turns that met say more than one that was only left with what they had written.
                shown = max((r for r in used if r.anomaly == worst), key=lambda r: (len(r.turns), r.since_ns))
                return Explanation(anomaly=worst, turns=tuple(freed.values()), shown=shown.turns)
            if not isinstance(answer, NotLinearizable):
                return Explanation(anomaly=UNFINISHED)
            stuck = [calls.turns[op.id] for op in answer.stuck if op.id in calls.turns]
            end_ns = answer.stuck[0].end_ns or 0
            left = [race for race in races if any(turn.id not in freed for turn in race.turns)]
            race = next(
                (
                    *_meeting(left, stuck),
                    *self._stale(calls.kind, stuck[:1], used, doubles),
                    *_before(left, end_ns),
                    *_before([race for race in (*late, *kept) if race.turns[0].id not in freed], end_ns),
                ).__iter__(),
                None,
            )
            if race is None:
                return Explanation(anomaly=UNEXPLAINED)
            used.append(race)
            freed.update((turn.id, turn) for turn in race.turns)

    def _without_saves(self, calls: Calls, budget: Budget) -> Explanation:
        """Why an actor's calls don't fit, where saves don't say what it is like: every turn that had part in a breach
        may have had its effect or not. Where they don't fit then either, the breach may have left what no turn of it
        asked for: nothing is said.
        """
        actor = calls.actor
        parts: list[tuple[str, tuple[Turn, ...]]] = [(anomaly, (a, b)) for a, b, anomaly in self._turns.of(actor)]
        parts += [(anomaly, (*a.turns, *b.turns)) for a, b, anomaly in self._instances.of(actor)]
        parts += [(LATE, (turn,)) for turn in self._timeline.turns_of(actor) if _late(turn)]
        if not parts:
            return Explanation(anomaly=UNEXPLAINED)
        freed = {turn.id: turn for _, turns in parts for turn in turns}
        answer = search(calls.doubted(freed.keys()), calls.kind.model, budget=budget, now=budget.now)
        if not isinstance(answer, Linearizable):
            return Explanation(anomaly=UNTOLD)
        worst, shown = min(parts, key=lambda part: self._terms.classes.index(part[0]))
        return Explanation(anomaly=worst, turns=tuple(freed.values()), shown=shown[:SHOWN])

    def _stale(
        self, kind: Kind, stuck: list[Turn], used: list[Race], doubles: list[tuple[Instance, Instance, str]]
    ) -> Iterator[Race]:
        """The turn that can't be placed, if its instance may have worked with a stale cache."""
        racers = {racer.id for race in used for racer in race.turns}
        for turn in stuck:
            for race in reversed(used):
                if any(racer.instance == turn.instance for racer in race.turns) and self._unrefreshed(
                    kind, turn, race.since_ns, racers
                ):
                    yield Race(race.anomaly, (turn,), turn.start_ns)
            for first, second, anomaly in doubles:
                if turn.start_ns < second.first_ns:
                    continue
                of_first = turn.instance == (first.process, first.actor, first.number)
                of_second = turn.instance == (second.process, second.actor, second.number)
                if of_first or (of_second and self._unrefreshed(kind, turn, first.last_ns, set())):
                    yield Race(anomaly, (turn,), turn.start_ns)

    def _unrefreshed(self, kind: Kind, turn: Turn, since_ns: int, but: set[str]) -> bool:
        """Whether no turn of the instance, other than some, had a save acknowledged between an instant and a turn."""
        return turn.start.name in kind.partial or not any(
            other.instance == turn.instance
            and since_ns <= other.start_ns < turn.start_ns
            and other.id not in but
            and any(save.acknowledged for save in other.saves)
            for other in self._timeline.turns_by_actor[turn.actor]
        )


def _meeting(races: list[Race], stuck: list[Turn]) -> Iterator[Race]:
    for turn in stuck:
        yield from sorted((race for race in races if turn in race.turns), key=lambda race: -race.since_ns)


def _before(races: list[Race], end_ns: int) -> Iterator[Race]:
    yield from sorted((race for race in races if race.since_ns <= end_ns), key=lambda race: -race.since_ns)


def _late(turn: Turn) -> bool:
    return any(not save.acknowledged for save in turn.saves)
