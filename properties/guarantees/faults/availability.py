"""availability: of three replicas the control plane loses one, or all, and gets over it.

When the placement replica that leads dies, and two of three live on, the cluster goes on without it.

From the leader's death on, active actors have to answer and new ones to be activated within a budget: the sum of the
runtime's documented time-outs on that path (catalogue), times a slack. Dapr documents no word about active actors in
the meantime, so they get the same budget; 1.18.2 halts them all as soon as a sidecar loses placement. Nothing has to
heal: that the leader comes back changes neither what was promised nor when.

An active actor is one that had a turn before and that probes call all the time; it answers when a turn of it completes
that began after the death. The new ones count as one: they answer when the first turn completes of an actor that never
had one before the death. Either is late when, in a silence between two answers, an attempt that began after the budget
had run out ended, and so did others: calls to that actor, or to actors that had no turn yet. One answer is not enough:
actors may go on for a while until they notice, and stop then.

When all replicas of placement died, the same is asked from their return on, within the budget of a return. What becomes
of reminders when schedulers are lost stands in `schedulers`.

The loss of a leader is judged only where it was the leader's by its own table, the two others lived, and nothing else
was faulted within `wake_s` before; and only until the next fault, or end of a unit. Everything else is censored. It is
evidence when another replica was seen to lead before the first came back, and everybody answered after the budget.
Silence is a conclusion from absence: it takes a history without gaps.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from actorproof.harness.history import events as ev
from actorproof.plural import some
from actorproof.properties.guarantees.faults.recovery import PROBE
from actorproof.properties.guarantees.faults.schedulers import LATE, disturbances, ticks_after_losses
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.cluster.lateness import proving
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Operation, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline

ACTIVE = "active actors late"
NEW = "new activations late"
NEWCOMERS = "new actors"
MAJORITY_OF = 3
NS = 1_000_000_000
_Begun = TypeVar("_Begun", Turn, Operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One leader's death, or the return of placement after all its replicas had died.

    Attributes:
        from_ns: when the budget begins: the instant before the leader's signal, or that of the heal.
        budget_ns: how long everybody may be silent from then on.
        disturbed_ns: when something else happened next.
        successor: the first look at another replica that leads, before the first one came back; None for all.
        all_died: whether it is the return of all.
    """

    span: FaultSpan
    from_ns: int
    budget_ns: int
    disturbed_ns: int
    successor: ev.TableObserved | None
    all_died: bool = False

    @property
    def since(self) -> str:
        """From what the seconds count, in words."""
        return "the return of all of placement" if self.all_died else "the placement leader's death"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One actor, or the new ones, after a loss.

    Attributes:
        silences: (from, to) between the death and the first answer, and between any two, until the budget had run out.
        attempts: what proves that it was late, if anything; they lie in the last of `silences`.
    """

    who: str
    silences: Sequence[tuple[int, int]]
    attempts: Sequence[Operation]
    censored: bool

    @property
    def late(self) -> bool:
        return bool(self.attempts) and not self.censored


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every loss of a leader, in a pass over the calls each."""
    violations: list[Violation] = []
    ticks = ticks_after_losses(timeline, terms)
    opportunities = {ACTIVE: 0, NEW: 0, LATE: ticks.judged}
    judged = returned = 0
    silent_s: dict[str, list[float]] = defaultdict(list)
    panel = _Panel(timeline)
    for loss in (*losses(timeline, terms), *returns(timeline, terms)):
        asked = list(_ask_all(timeline, terms, loss, panel))
        fit = [one for one in asked if not one.censored]
        whole = len(fit) == len(asked) > 1 and asked[-1].who == NEWCOMERS
        judged += whole and loss.successor is not None
        returned += whole and loss.all_died
        after = "the return of all of placement" if loss.all_died else "the leader's loss"
        for one in fit:
            anomaly = NEW if one.who == NEWCOMERS else ACTIVE
            opportunities[anomaly] += 1
            if one.late:
                violations.append(_violation(timeline, loss, one, anomaly))
            else:
                longest_ns = max(end - start for start, end in one.silences)
                who = "new actors" if anomaly == NEW else "an active actor"
                silent_s[f"longest silence of {who} after {after}"].append(longest_ns / NS)
    violations += ticks.violations
    missing = []
    if violations and not (timeline.closed and timeline.whole):
        missing = [f"no answer was seen {some(len(violations), 'time')}, but the history is not whole"]
        violations = []
    figures = [Figure(name=name, value=max(values), unit="s") for name, values in sorted(silent_s.items())]
    figures += ticks.figures
    return Findings(
        violations=violations,
        evidence={"leader_losses": judged, "losses": judged + returned + ticks.losses},
        opportunities=opportunities,
        figures=figures,
        missing=missing,
    )


GUARANTEE = Guarantee(id="availability", check=check)


def losses(timeline: Timeline, terms: Terms) -> Iterator[Loss]:
    """Every death of a leader that can be judged."""
    wake_ns = round(terms.limits["wake_s"] * NS)
    if timeline.run is None or timeline.run.placements < MAJORITY_OF:
        return
    looks = [table for table in timeline.tables if table.leader]
    for span in timeline.faults:
        unit = span.start.units[0] if len(span.start.units) == 1 else ""
        if not span.start.has("crashes") or span.took is None or not unit.startswith("placement-"):
            continue
        life = timeline.life_at(unit, span.start.t_ns)
        if life is None:
            continue
        died_ns = life.ended_ns
        others = [other for other in timeline.faults if other is not span]
        led = next((table.placement for table in reversed(looks) if table.t_ns <= died_ns), "")
        placements = [name for name in timeline.lives_by_unit if name.startswith("placement-") and name != unit]
        alive = sum(timeline.life_at(name, died_ns) is not None for name in placements)
        near = any(other.start.t_ns <= died_ns <= other.healed_ns + wake_ns for other in others)
        if led != unit or near or alive < MAJORITY_OF - 1:
            continue
        ends = disturbances(timeline, span, died_ns)
        yield Loss(
            span=span,
            from_ns=died_ns,
            budget_ns=round(terms.limits["budget_s"] * NS),
            disturbed_ns=min(ends),
            successor=next((t for t in looks if died_ns < t.t_ns < span.healed_ns and t.placement != unit), None),
        )


def returns(timeline: Timeline, terms: Terms) -> Iterator[Loss]:
    """Every return of placement after all its replicas had died, that can be judged."""
    wake_ns = round(terms.limits["wake_s"] * NS)
    if timeline.run is None or timeline.run.placements < MAJORITY_OF:
        return
    for span in timeline.faults:
        units = {unit for unit in span.start.units if unit.startswith("placement-")}
        if not span.start.has("crashes") or span.took is None or len(units) < timeline.run.placements:
            continue
        from_ns = span.healed_ns
        others = [other for other in timeline.faults if other is not span]
        near = any(o.start.t_ns <= from_ns and span.start.t_ns <= o.healed_ns + wake_ns for o in others)
        if from_ns == FAR_FUTURE_NS or near or len(units) < len(span.start.units):
            continue
        yield Loss(
            span=span,
            from_ns=from_ns,
            budget_ns=round(terms.limits["return_s"] * NS),
            disturbed_ns=min(disturbances(timeline, span, from_ns), default=FAR_FUTURE_NS),
            successor=None,
            all_died=True,
        )


class _Panel:
    """Who is asked after a loss: actors that are probed, and those that had no turn yet."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    @cached_property
    def _calls(self) -> Sequence[Operation]:
        return [operation for operation in self._timeline.operations if operation.start.action == "call"]

    @cached_property
    def probed(self) -> Sequence[str]:
        """The probed actors, in order of their first call."""
        return list(dict.fromkeys(c.start.actor for c in self._calls if c.start.client.startswith(PROBE)))

    @cached_property
    def first_ns(self) -> Mapping[str, int]:
        """When each actor's first turn began."""
        return {actor: turns[0].start_ns for actor, turns in self._timeline.turns_by_actor.items()}

    @cached_property
    def activations(self) -> Sequence[tuple[int, Turn]]:
        """When the first turn of an actor began, with its first one that completed, in order; without those of none."""
        found = [
            (self.first_ns[actor], turn)
            for actor, turns in self._timeline.turns_by_actor.items()
            for turn in _first_answer(turns)
        ]
        return sorted(found, key=lambda activation: activation[0])

    @cached_property
    def attempts(self) -> Sequence[Operation]:
        """Calls that ended before the first turn of their actor, in order of their beginning."""
        return [call for call in self._calls if self.first_ns.get(call.start.actor, FAR_FUTURE_NS) > call.end_ns]


def _ask_all(timeline: Timeline, terms: Terms, loss: Loss, panel: _Panel) -> Iterator[_Asked]:
    """Every probed actor that was active when the leader died, then the new ones, if anybody called one."""
    for actor in panel.probed:
        if panel.first_ns.get(actor, FAR_FUTURE_NS) < loss.from_ns:
            turns = _begun(timeline.turns_by_actor[actor], loss)
            yield _ask(
                timeline, terms, loss, actor, turns=turns, calls=_begun(timeline.operations_by_actor[actor], loss)
            )
    new = panel.activations[bisect_left(panel.activations, loss.from_ns, key=lambda activation: activation[0]) :]
    late = panel.attempts and panel.attempts[-1].start_ns >= loss.from_ns
    if new or late:
        answers = (turn for _, turn in new)
        yield _ask(timeline, terms, loss, NEWCOMERS, turns=answers, calls=_begun(panel.attempts, loss))


def _begun(those: Sequence[_Begun], loss: Loss) -> Sequence[_Begun]:
    """Of turns or calls in order of their beginning, those that began between a loss and what disturbed it."""
    after = bisect_left(those, loss.from_ns, key=lambda each: each.start_ns)
    return those[after : bisect_right(those, loss.disturbed_ns, key=lambda each: each.start_ns)]


def _ask(
    timeline: Timeline,
    terms: Terms,
    loss: Loss,
    who: str,
    *,
    turns: Iterable[Turn],
    calls: Iterable[Operation],
) -> _Asked:
    """When `who`, whose turns and calls these are, answered after a loss, and what proves that it was late."""
    deadline_ns = loss.from_ns + loss.budget_ns
    answers = sorted(
        turn.end_ns
        for turn in turns
        if turn.ended == "completed" and turn.start_ns >= loss.from_ns and turn.end_ns < loss.disturbed_ns
    )
    instants = [loss.from_ns, *answers, FAR_FUTURE_NS]
    in_silence: dict[int, list[Operation]] = defaultdict(list)
    for call in calls:
        if call.start.action != "call" or call.end is None or call.start_ns < loss.from_ns:
            continue
        at = bisect_right(instants, call.start_ns) - 1
        if call.end_ns <= min(instants[at + 1], loss.disturbed_ns):
            in_silence[at].append(call)
    least = round(terms.limits["attempts"])
    for at, within in sorted(in_silence.items()):
        if attempts := proving(within, deadline_ns=deadline_ns, least=least):
            censored = stalled_between(timeline, loss.from_ns, attempts[-1].end_ns)
            silences = [(instants[at], instants[at + 1])]
            return _Asked(who=who, silences=silences, attempts=attempts, censored=censored)
    upto = next(place for place, end_ns in enumerate(instants) if end_ns >= deadline_ns)
    return _Asked(
        who=who,
        silences=list(pairwise(instants[: upto + 1])),
        attempts=[],
        censored=instants[upto] == FAR_FUTURE_NS,
    )


def _first_answer(turns: Iterable[Turn]) -> list[Turn]:
    """The first of an actor's turns that completed, if any."""
    return sorted((turn for turn in turns if turn.ended == "completed"), key=lambda turn: turn.end_ns)[:1]


def _violation(timeline: Timeline, loss: Loss, asked: _Asked, anomaly: str) -> Violation:
    first, last = min(asked.attempts, key=lambda call: call.start_ns), asked.attempts[-1]
    from_ns, to_ns = asked.silences[-1]
    answered = to_ns != FAR_FUTURE_NS
    until = f"{(to_ns - loss.from_ns) / NS:.1f} s after" if answered else "the end of the run after"
    leads = f"{loss.successor.placement} led" if loss.successor else "no other replica was seen to lead"
    leads = "all replicas were back" if loss.all_died else leads
    events = [
        ref(loss.span.start, f"{loss.span.start.verb} {loss.span.start.target}"),
        ref(first.start, "first attempt"),
        ref(last.start, "an attempt when the budget was over"),
    ]
    if loss.successor is not None:
        events.append(ref(loss.successor, f"{loss.successor.placement} leads"))
    if last.end is not None:
        events.append(ref(last.end, f"its end: {last.outcome}"))
    return Violation(
        anomaly=anomaly,
        actor=asked.who,
        summary=(
            f"No answer of {asked.who} from {(from_ns - loss.from_ns) / NS:.1f} s to {until} {loss.since}"
            f", asked {some(len(asked.attempts), 'time')}; {loss.budget_ns / NS:g} s are allowed, and {leads}"
        ),
        events=tuple(events),
        spans=(
            timeline.lane(loss.span),
            Span(lane=asked.who, label="no answer", start_ns=from_ns, end_ns=min(to_ns, timeline.last_ns)),
        ),
        trigger=loss.span.kind,
        at_ns=last.end_ns,
    )
