"""recovery: after a fault heals, every actor answers within a budget.

The budget is the sum of the runtime's own documented time-outs on that path times a slack (limits of the catalogue).
Asked are the actors that probes call all the time (clients named ``probe-...``), but any call's answer counts.

An actor has answered when a turn of a call completed or, when no such turn was witnessed, from the beginning of a call
that its caller holds the result of; in either case at or after the heal. So a caller that did not wait long enough says
nothing against the runtime, and neither forgetting an answer (`ok` becomes `info`) nor widening a call takes it away.

An actor is late when an attempt that began after the budget had run out ended before it answered, and so did others
since the heal. The end of the budget alone proves nothing: between the last attempt within it and its end the actor may
have come back, unasked.

A fault is judged for an actor only when nothing else can explain its silence until then: no other fault in place or
begun, no unit that was stopped, died by itself or was still down after that, and no stall of the machine. What healed
or was started again shortly before lends its own budget: of several faults that heal in a row, the last is judged by
the latest end of all their budgets, and each other one until the next. Everything else is censored, and counted:
an actor that was silent until the next fault says nothing either way.

A heal is evidence when every actor that was asked answered, or was judged late, and somebody had noticed the fault:
from its start until the last answer a call failed, a probe took over 1 s, or an actor moved. It takes no time without
faults afterwards: that the actors did answer is what was promised. A fault that nobody noticed shows nothing, but for
the control plane: a call to an actor whose place is known doesn't pass it, so there it is enough that it was down.
Silence is a conclusion from absence: a history that is not whole makes it `unknown`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from statistics import median

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.cluster.outage import merged
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, FaultSpan, Operation, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline

LATE = "late"
NEVER = "never"
PROBE = "probe-"
SLOW_NS = 1_000_000_000
NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What followed the heal of one fault.

    Attributes:
        fault, kind: its id; verb and target without numbers.
        group: ``host``, ``store``, ``control_plane`` or ``link``.
        actors: how many probed actors were judged; 0 when the fault was censored.
        median_s, max_s: from the heal to their first answers; None when nobody answered.
        budget_s: what the catalogue allows.
        calls: how many calls were made while the fault lasted.
        failed_share, slow_share: of these: not ok; over 1 s.
        censored: why actors could not be judged, empty when all could.
    """

    fault: str
    kind: str
    group: str
    actors: int
    median_s: float | None
    max_s: float | None
    budget_s: float
    calls: int
    failed_share: float
    slow_share: float
    censored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heal:
    """One healed fault, with the instant from which actors have to answer and the first that disturbs them again."""

    span: FaultSpan
    deadline_ns: int
    disturbed_ns: int
    disturbance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One actor after a heal.

    `answered_ns` is FAR_FUTURE_NS when it never answered again, `late_ns` when `attempts` don't prove that it was late.
    """

    actor: str
    answered_ns: int
    late_ns: int
    censored: str
    attempts: Sequence[Operation]


def group_of(target: str) -> str:
    """Which path a fault's target lies on."""
    if ">" in target:
        return "link"
    if target == "store":
        return "store"
    return "host" if target.startswith("host-") else "control_plane"


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every healed fault that took effect, with one bisection a fault and actor."""
    panel = timeline.view(_Panel, terms.limits)
    violations: list[Violation] = []
    judged: Counter[str] = Counter()
    opportunities = 0
    for heal, asked in panel.asked:
        fit = [one for one in asked if not one.censored]
        opportunities += len(fit)
        judged[group_of(heal.span.start.target)] += panel.is_evidence(heal, asked)
        violations += [_violation(timeline, heal, one) for one in fit if one.late_ns != FAR_FUTURE_NS]
    missing = []
    if violations and not (timeline.closed and timeline.whole):
        missing = [f"actors were silent {some(len(violations), 'time')}, but the history is not whole"]
        violations = []
    return Findings(
        violations=violations,
        evidence={name: judged[name.removeprefix("recoveries_")] for name in terms.thresholds},
        opportunities={LATE: opportunities, NEVER: opportunities},
        figures=_figures(panel.recoveries),
        missing=missing,
    )


GUARANTEE = Guarantee(id="recovery", check=check)


def recoveries(timeline: Timeline, terms: Terms) -> tuple[Recovery, ...]:
    """What followed each healed fault, in order of the faults."""
    return timeline.view(_Panel, terms.limits).recoveries


class _Panel:
    """The probed actors of a history, and the heals after which they are asked."""

    def __init__(self, timeline: Timeline, limits: Mapping[str, float]) -> None:
        self._timeline = timeline
        self._limits = limits
        self._calls = [operation for operation in timeline.operations if operation.start.action == "call"]
        actors = {operation.start.actor for operation in self._calls if operation.start.client.startswith(PROBE)}
        calls: dict[str, list[Operation]] = defaultdict(list)
        for operation in self._calls:
            if operation.start.actor in actors:
                calls[operation.start.actor].append(operation)
        self._of_actor: Mapping[str, list[Operation]] = calls
        self._answers = {actor: _Answers(of_actor) for actor, of_actor in calls.items()}

    def budget_s(self, span: FaultSpan) -> float:
        """What the catalogue allows after a fault of this kind."""
        return self._target_s(span.start.target)

    def _target_s(self, target: str) -> float:
        return self._limits[f"{group_of(target)}_s"]

    @cached_property
    def asked(self) -> Sequence[tuple[_Heal, Sequence[_Asked]]]:
        """Every heal, with every probed actor after it."""
        spans = [span for span in self._timeline.faults if span.took and span.healed_ns != FAR_FUTURE_NS]
        heals = [self._heal(span) for span in spans]
        return [(heal, [self._ask(heal, actor) for actor in self._of_actor]) for heal in heals]

    def is_evidence(self, heal: _Heal, asked: Sequence[_Asked]) -> bool:
        """Whether every actor that was asked could be judged, and the fault was noticed until they had answered."""
        if not asked or any(one.censored for one in asked):
            return False
        if group_of(heal.span.start.target) == "control_plane":
            return True
        until_ns = max(min(one.answered_ns, one.late_ns) for one in asked)
        at = bisect_right(self._notices, until_ns, key=lambda notice: notice[0]) - 1
        return at >= 0 and self._notices[at][1] >= heal.span.start.t_ns

    @cached_property
    def _notices(self) -> list[tuple[int, int]]:
        """When something showed that a fault was there: what clients meant to give up or to be slow is none of it."""
        failed = [
            (operation.start_ns, operation.end_ns)
            for operation in self._timeline.operations
            if (operation.outcome != "ok" and operation.start.give_up_s is None)
            or (operation.start.client.startswith(PROBE) and operation.end_ns - operation.start_ns > SLOW_NS)
        ]
        return merged([*failed, *((after.start_ns, after.start_ns) for _, after in self._timeline.moves)])

    @cached_property
    def recoveries(self) -> tuple[Recovery, ...]:
        """What followed each heal."""
        starts = [operation.start_ns for operation in self._calls]
        told = []
        for heal, asked in self.asked:
            span = heal.span
            times = [
                (one.answered_ns - span.healed_ns) / NS
                for one in asked
                if not one.censored and one.answered_ns != FAR_FUTURE_NS
            ]
            during = self._calls[bisect_left(starts, span.start.t_ns) : bisect_left(starts, span.healed_ns)]
            told.append(
                Recovery(
                    fault=span.start.fault,
                    kind=span.kind,
                    group=group_of(span.start.target),
                    actors=sum(not one.censored for one in asked),
                    median_s=median(times) if times else None,
                    max_s=max(times, default=None),
                    budget_s=self.budget_s(span),
                    calls=len(during),
                    failed_share=_share(operation.outcome != "ok" for operation in during),
                    slow_share=_share(operation.end_ns - operation.start_ns > SLOW_NS for operation in during),
                    censored=next((one.censored for one in asked if one.censored), ""),
                )
            )
        return tuple(told)

    def _heal(self, span: FaultSpan) -> _Heal:
        healed_ns = span.healed_ns
        # What healed before may still be on its way back, and that is not this fault's doing.
        deadline_ns = max(
            other.healed_ns + round(self.budget_s(other) * NS)
            for other in self._timeline.faults
            if other.healed_ns <= healed_ns
        )
        disturbances = [
            (max(other.start.t_ns, healed_ns), f"another fault, {other.kind}")
            for other in self._timeline.faults
            if other is not span and other.healed_ns > healed_ns
        ]
        disturbances += [
            (life.ended_ns, f"{life.unit} ended")
            for life in self._timeline.lives
            if healed_ns < life.ended_ns != FAR_FUTURE_NS
        ]
        disturbances += [
            (start_ns, f"{life.unit} was stopped")
            for life in self._timeline.lives
            for start_ns, end_ns in life.paused
            if end_ns > healed_ns
        ]
        down, back_ns = self._crashed(healed_ns)
        disturbances += [(healed_ns, f"{unit} was down") for unit in down]
        deadline_ns = max(deadline_ns, back_ns)
        disturbed_ns, disturbance = min(disturbances, default=(FAR_FUTURE_NS, ""))
        return _Heal(span=span, deadline_ns=deadline_ns, disturbed_ns=disturbed_ns, disturbance=disturbance)

    def _crashed(self, healed_ns: int) -> tuple[list[str], int]:
        """Units that had died by themselves before a heal and never came back, and until when the others may take.

        One that came back after the heal counts as healed when it was ready: a placement leader that finds out that it
        leads no longer exits by itself as soon as it is resumed.
        """
        left = {
            unit
            for other in self._timeline.faults
            if other.start.has("joins") and other.healed_ns <= healed_ns
            for unit in other.start.units
        }
        down = []
        back_ns = FAR_PAST_NS
        for unit, lives in self._timeline.lives_by_unit.items():
            for at, life in enumerate(lives, start=1):
                successor = lives[at] if at < len(lives) else None
                if life.expected or life.ended_ns > healed_ns:
                    continue
                if successor is not None:
                    since_ns = successor.ready_ns or successor.started_ns
                    back_ns = max(back_ns, since_ns + round(self._target_s(unit) * NS))
                elif unit not in left:
                    down.append(unit)
        return down, back_ns

    def _ask(self, heal: _Heal, actor: str) -> _Asked:
        healed_ns = heal.span.healed_ns
        answered_ns = self._answers[actor].since(healed_ns)
        late_ns, attempts = self._late(heal, actor, min(answered_ns, heal.disturbed_ns))
        censored = ""
        if late_ns != FAR_FUTURE_NS:
            if stalled_between(self._timeline, healed_ns, late_ns):
                censored = "the machine stood still"
        elif heal.disturbed_ns < answered_ns:
            censored = heal.disturbance
        elif answered_ns > heal.deadline_ns:
            censored = "too few attempts"
        return _Asked(actor=actor, answered_ns=answered_ns, late_ns=late_ns, censored=censored, attempts=attempts)

    def _late(self, heal: _Heal, actor: str, until_ns: int) -> tuple[int, Sequence[Operation]]:
        """When attempts that had ended by `until_ns` first proved an actor late, and which these are.

        Attempts are taken as whole intervals: widening one makes it prove less, never more.
        """
        calls = self._of_actor[actor]
        after = bisect_left(calls, heal.span.healed_ns, key=lambda call: call.start_ns)
        upto = bisect_left(calls, until_ns, key=lambda call: call.start_ns)
        ended = sorted(
            (call for call in calls[after : max(after, upto)] if call.end_ns <= until_ns and call.end is not None),
            key=lambda call: call.end_ns,
        )
        after_budget = False
        for count, call in enumerate(ended, start=1):
            after_budget = after_budget or call.start_ns >= heal.deadline_ns
            if after_budget and count >= self._limits["attempts"]:
                return call.end_ns, ended[:count]
        return FAR_FUTURE_NS, ()


class _Answers:
    """When one actor's calls may have been answered."""

    def __init__(self, calls: Iterable[Operation]) -> None:
        spans = sorted(span for span in map(_answer, calls) if span[0] != FAR_FUTURE_NS)
        self._starts = [from_ns for from_ns, _ in spans]
        # The latest end of all that began by then.
        self._latest = list(accumulate((to_ns for _, to_ns in spans), max))

    def since(self, t_ns: int) -> int:
        """The first instant from one on at which a call may have been answered; FAR_FUTURE_NS when none was."""
        after = bisect_right(self._starts, t_ns)
        if after and self._latest[after - 1] >= t_ns:
            return t_ns
        return self._starts[after] if after < len(self._starts) else FAR_FUTURE_NS


def _answer(operation: Operation) -> tuple[int, int]:
    """The earliest and latest instant at which a call may have been answered; FAR_FUTURE_NS for one that was not."""
    instants = [turn.end_ns for turn in operation.turns if turn.ended == "completed"]
    if instants:
        return min(instants), max(instants)
    if operation.outcome == "ok":
        return operation.start_ns, operation.end_ns
    return FAR_FUTURE_NS, FAR_FUTURE_NS


def _violation(timeline: Timeline, heal: _Heal, asked: _Asked) -> Violation:
    span = heal.span
    answered = asked.answered_ns != FAR_FUTURE_NS
    allowed_s = (heal.deadline_ns - span.healed_ns) / NS
    lasted = (
        f"It answered {(asked.answered_ns - span.healed_ns) / NS:.1f} s after {span.kind} healed"
        if answered
        else f"It never answered again after {span.kind} healed"
    )
    first, last = min(asked.attempts, key=lambda call: call.start_ns), asked.attempts[-1]
    events = [ref(span.start, f"{span.start.verb} {span.start.target}")]
    events += [ref(span.took, "took effect")] if span.took else []
    events += [ref(first.start, "first attempt after the heal"), ref(last.start, "an attempt when the budget was over")]
    if last.end is not None:
        events.append(ref(last.end, f"its end: {last.outcome}"))
    until_ns = asked.answered_ns if answered else timeline.last_ns
    return Violation(
        anomaly=LATE if answered else NEVER,
        actor=asked.actor,
        summary=f"{lasted}, though it was asked {some(len(asked.attempts), 'time')}; {allowed_s:g} s are allowed",
        events=tuple(events),
        spans=(
            timeline.lane(span),
            Span(lane=asked.actor, label="no answer", start_ns=span.healed_ns, end_ns=until_ns),
        ),
        trigger=span.kind,
        at_ns=asked.late_ns,
    )


# ---- figures


def _share(told: Iterable[bool]) -> float:
    flags = list(told)
    return sum(flags) / len(flags) if flags else 0.0


def _figures(told: Sequence[Recovery]) -> list[Figure]:
    """Per kind of fault, and how many could not be judged."""
    by_kind: dict[str, list[Recovery]] = defaultdict(list)
    for recovery in told:
        by_kind[recovery.kind].append(recovery)
    figures = []
    for kind, of_kind in sorted(by_kind.items()):
        medians = [r.median_s for r in of_kind if r.median_s is not None]
        slowest = [r.max_s for r in of_kind if r.max_s is not None]
        calls = sum(r.calls for r in of_kind)
        if medians:
            figures.append(Figure(name=f"{kind}: time to recover, median", value=median(medians), unit="s"))
            figures.append(Figure(name=f"{kind}: time to recover, slowest", value=max(slowest), unit="s"))
        if calls:
            failed = sum(r.failed_share * r.calls for r in of_kind) / calls
            slow = sum(r.slow_share * r.calls for r in of_kind) / calls
            figures.append(Figure(name=f"{kind}: calls that failed while it lasted", value=100 * failed, unit="%"))
            figures.append(Figure(name=f"{kind}: calls over 1 s while it lasted", value=100 * slow, unit="%"))
    censored = sum(bool(recovery.censored) for recovery in told)
    return [*figures, Figure(name="faults that could not be judged for every actor", value=censored, unit="faults")]
