"""linearizability: each actor's answers fit one sequential order that respects real time.

Actors whose type declares a model, each by itself, as `calls` reads them: of ours counters, registers with
compare-and-set, ledgers, accounts and the saved holds of sleepers. A type that keeps state without such a model makes
the verdict `unknown`, by name. Only a history that is whole and was closed is judged: an execution that is missing from
it might be what explains an answer. An actor whose search runs out of its budget, or whose calls are not understood,
makes the verdict `unknown`, by name.

A violation's class is the breach of another promise that explains it (see `explain`): one of the classes and clauses of
`turns` and `activation`, *late save*, or *unexplained*. An actor counts once, by the worst of what it takes. Where the
budget runs out before that is known, the verdict is `unknown`, and names the actor. Opportunities: actors with such a
breach; unexplained, actors that were judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from actorproof.plural import some
from actorproof.properties.formats.values import spelled
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.state.linearizability.calls import Calls, StrangeCallError, calls_of, kind_of
from actorproof.properties.guarantees.state.linearizability.declared import unread
from actorproof.properties.guarantees.state.linearizability.explain import (
    UNEXPLAINED,
    UNFINISHED,
    UNTOLD,
    Explainer,
    Explanation,
)
from actorproof.properties.linearizability.answer import NotLinearizable, Unknown
from actorproof.properties.linearizability.check import hardness
from actorproof.properties.linearizability.search import search
from actorproof.properties.linearizability.users import UsersModelError
from actorproof.properties.verdict.findings import Budget, Figure, Findings, Terms, Violation
from actorproof.properties.views.records import FAR_PAST_NS, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.sketch import Sketch

SHOWN = 3
_WHY = {
    UNFINISHED: "the budget ran out before it was found which known breach explains that",
    UNTOLD: "whether what its turns at once left behind explains that, its model does not say",
}


def check(timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
    """Find the actors whose answers fit no order of their model. `budget` is for all actors of the history together."""
    return _Answers(timeline, terms, budget).findings()


GUARANTEE = Guarantee(id="linearizability", search=check, from_any_history=True)


class _Answers:
    def __init__(self, timeline: Timeline, terms: Terms, budget: Budget) -> None:
        self._timeline = timeline
        self._terms = terms
        self._budget = budget
        self._deadline_s = budget.now() + budget.time_s if budget.now else 0.0
        self._explainer = Explainer(timeline, terms)
        self._sketch = Sketch(timeline, wake_s=terms.limits["wake_s"])
        self._missing: list[str] = []
        self._judged: list[Calls] = []

    def findings(self) -> Findings:
        violations = [*self._violations()]
        counts = self._evidence()
        return Findings(
            violations=violations,
            evidence=counts,
            opportunities=self._opportunities(),
            figures=[
                Figure(name="actors judged", value=len(self._judged), unit="actors"),
                Figure(name="answers judged", value=counts["answers"], unit="calls"),
                Figure(name="executions whose answer nobody has", value=counts["unanswered"], unit="turns"),
            ],
            missing=self._missing,
        )

    def _violations(self) -> Iterator[Violation]:
        """One for each actor whose answers fit no order; where there was no time to find out why, only that it was so.

        Whether such a breach is a known one can't be said: it is no new one.
        """
        for calls, answer in self._broken():
            why = self._explainer.explain(calls, rest=self._rest)
            if why.anomaly in {UNFINISHED, UNTOLD}:
                stuck = answer.stuck[0]
                self._missing.append(
                    f"{calls.actor}: its answers fit no order ({stuck} of {stuck.id} fits nowhere), and"
                    f" {_WHY[why.anomaly]}"
                )
            else:
                yield self._violation(calls, answer, why)

    def _broken(self) -> list[tuple[Calls, NotLinearizable]]:
        """The actors whose answers fit no order, the hardest to decide first."""
        timeline = self._timeline
        self._tell_unread()
        actors = [actor for actor in timeline.operations_by_actor if kind_of(timeline, actor)]
        if not actors:
            return []
        if not timeline.closed or not timeline.whole:
            self._missing.append(
                "the history has gaps or was not closed: an execution that it lacks may explain anything"
            )
            return []
        found: list[tuple[Calls, NotLinearizable]] = []
        for calls in sorted(self._read(actors), key=lambda calls: -hardness(calls.operations)):
            try:
                answer = search(calls.operations, calls.model, budget=self._rest(), now=self._budget.now)
            except UsersModelError as error:
                self._missing.append(f"{calls.actor} was not judged: {error}")
                continue
            if isinstance(answer, Unknown):
                self._missing.append(
                    f"{calls.actor}: the search ran out of {answer.reason} after"
                    f" {answer.placed} of {answer.total} operations"
                )
                continue
            self._judged.append(calls)
            if isinstance(answer, NotLinearizable):
                found.append((calls, answer))
        return found

    def _read(self, actors: Iterable[str]) -> list[Calls]:
        read = []
        for actor in actors:
            kind = kind_of(self._timeline, actor)
            try:
                read += [calls_of(self._timeline, actor, kind)] if kind else []
            except StrangeCallError as error:
                self._missing.append(f"{actor} was not judged: {error}")
        return [calls for calls in read if calls.operations]

    def _tell_unread(self) -> None:
        """Say which types keep state and are not judged."""
        run = self._timeline.run
        met = {actor.partition("/")[0] for actor in self._timeline.operations_by_actor}
        for declared in (run.types or ()) if run is not None else ():
            silent = not declared.model and run is not None and run.subject == "application"  # nothing was said of it
            if declared.name in met and not silent and (why := unread(declared)):
                self._missing.append(f"{declared.name} actors were not judged: {why}")

    def _rest(self) -> Budget:
        now = self._budget.now
        time_s = max(0.0, self._deadline_s - now()) if now else self._budget.time_s
        return Budget(time_s=time_s, memory_mb=self._budget.memory_mb, now=now)

    # ---- telling

    def _violation(self, calls: Calls, answer: NotLinearizable, why: Explanation) -> Violation:
        stuck, *others = answer.stuck
        at_ns = stuck.end_ns if stuck.end_ns is not None else stuck.start_ns
        beside = f" (under way with {some(len(others), 'other')})" if others else ""
        summary = (
            f"no order of its calls explains {stuck} of {stuck.id}{beside}: what can stand before it,"
            f" {some(len(answer.order), 'call')}, comes to {spelled(answer.state)}"
        )
        if why.turns:
            named = [turn.id for turn in why.shown]
            more = len(why.turns) - len(named)
            without = f"{' and '.join(named)}" + (f" and {more} more" if more else "")
            summary += f"; without the answers of turns {without} there is an order"
        turns = [calls.turns[operation.id] for operation in answer.stuck[:SHOWN]]
        shown = {turn.id: turn for turn in (*turns, *why.shown)}
        events, spans = self._sketch.meeting(sorted(shown.values(), key=lambda turn: turn.start_ns), at_ns=at_ns)
        call = calls.calls.get(stuck.id)
        own = []
        if call is not None:
            own = [ref(call.start, f"{stuck.function} called"), *([ref(call.end, str(stuck))] if call.end else [])]
        return Violation(
            anomaly=why.anomaly,
            actor=calls.actor,
            summary=summary,
            events=(*events, *own),
            spans=spans,
            trigger=self._sketch.trigger(at_ns),
            at_ns=at_ns,
        )

    # ---- counting

    def _evidence(self) -> Counter[str]:
        """Of the actors that were judged: answers, those that met another call, doubtful executions and hand-overs."""
        counts = Counter(answers=0, contended=0, unanswered=0, hand_overs=0)
        for calls in self._judged:
            counts["answers"] += sum(op.outcome == "ok" for op in calls.operations)
            counts["unanswered"] += sum(op.outcome == "info" for op in calls.operations)
            counts["contended"] += _contended(calls)
            turns = self._timeline.turns_of(calls.actor)
            counts["hand_overs"] += sum(a.process != b.process for a, b in pairwise(turns))
        return counts

    def _opportunities(self) -> dict[str, int]:
        could = Counter(anomaly for calls in self._judged for anomaly in self._explainer.classes(calls.actor))
        could[UNEXPLAINED] = len(self._judged)
        return {anomaly: could[anomaly] for anomaly in self._terms.classes}


def _contended(calls: Calls) -> int:
    """How many answers belong to calls that were under way together with another one."""
    count = 0
    last_end_ns = FAR_PAST_NS  # of the calls so far the one that ends last, and whether it was counted
    counted = False
    for operation in sorted(calls.operations, key=lambda operation: operation.start_ns):
        if operation.outcome != "ok" or operation.end_ns is None:
            continue
        meets = operation.start_ns < last_end_ns
        count += meets + (meets and not counted)
        counted = counted or meets
        if operation.end_ns >= last_end_ns:
            last_end_ns, counted = operation.end_ns, meets
    return count
