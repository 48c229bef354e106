"""recovery: after a fault heals, every actor answers within a budget.

The budget is the sum of the runtime's own documented time-outs on that path times a slack (limits of the catalogue).
Asked are the actors that probes call all the time (clients named ``probe-...``), but any operation's answer counts.

An actor has answered when an operation that was invoked after the heal was completed for its caller, or when a turn
that carried such an operation completed: a caller that did not wait long enough says nothing against the runtime. So
turning an `ok` into an `info` takes no answer away.

A fault is judged for an actor only when nothing else can explain its silence: no other fault in place at the heal, none
started before the actor answered or the budget ran out, no stall of the machine, and attempts went on past the budget.
Everything else is censored, and counted. Silence is a conclusion from absence: a history that is not whole makes it
`unknown`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from actorproof.properties.stall import stalled_between
from actorproof.properties.timeline import FAR_FUTURE_NS, FaultSpan, Operation, Timeline, ref
from actorproof.properties.verdict import (
    Budget,
    EventRef,
    Figure,
    Span,
    Terms,
    Verdict,
    Violation,
    decide,
    evidence_of,
)

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
        failed_share, slow_share: of the calls made while the fault lasted: not ok; over 1 s.
        censored: why actors could not be judged, empty when all could.
    """

    fault: str
    kind: str
    group: str
    actors: int
    median_s: float | None
    max_s: float | None
    budget_s: float
    failed_share: float
    slow_share: float
    censored: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """When an actor answered after a heal, if it did, and whether that can be judged."""

    actor: str
    answered_ns: int | None
    censored: str
    attempts: Sequence[Operation]


def group_of(target: str) -> str:
    """Which path a fault's target lies on."""
    if ">" in target:
        return "link"
    if target == "store":
        return "store"
    return "control_plane" if target.startswith(("placement", "scheduler")) else "host"


def check(timeline: Timeline, terms: Terms, budget: Budget) -> Verdict:
    """Judge every healed fault that took effect. One bisection a fault and actor: `budget` is not needed."""
    del budget
    probed = _probed(timeline)
    violations: list[Violation] = []
    judged: Counter[str] = Counter()
    opportunities = 0
    for span in _healed(timeline):
        answers = _answers(timeline, span, probed, terms)
        fit = [answer for answer in answers if not answer.censored]
        opportunities += len(fit)
        if fit and len(fit) == len(answers):
            judged[group_of(span.start.target)] += 1
        violations += [v for answer in fit if (v := _violation(timeline, span, answer, terms)) is not None]
    missing = []
    if violations and not timeline.closed:
        missing = [f"{len(violations)} actors did not answer in time, but the history is not whole"]
        violations = []
    have = {name: judged[name.removeprefix("recoveries_")] for name in terms.thresholds}
    return decide(
        terms,
        violations=violations,
        evidence=evidence_of(terms, have),
        opportunities={LATE: opportunities, NEVER: opportunities},
        figures=_figures(recoveries(timeline, terms)),
        missing=missing,
    )


def recoveries(timeline: Timeline, terms: Terms) -> tuple[Recovery, ...]:
    """What followed each healed fault, in order of the faults."""
    probed = _probed(timeline)
    calls = [operation for operation in timeline.operations if operation.start.action == "call"]
    starts = [operation.start_ns for operation in calls]
    told = []
    for span in _healed(timeline):
        answers = _answers(timeline, span, probed, terms)
        times = [
            (answer.answered_ns - span.healed_ns) / NS
            for answer in answers
            if answer.answered_ns is not None and not answer.censored
        ]
        during = calls[bisect_left(starts, span.start.t_ns) : bisect_left(starts, span.healed_ns)]
        told.append(
            Recovery(
                fault=span.start.fault,
                kind=span.kind,
                group=group_of(span.start.target),
                actors=sum(not answer.censored for answer in answers),
                median_s=median(times) if times else None,
                max_s=max(times, default=None),
                budget_s=_budget_s(span, terms),
                failed_share=_share(during, lambda operation: operation.outcome != "ok"),
                slow_share=_share(during, lambda operation: operation.end_ns - operation.start_ns > SLOW_NS),
                censored=next((answer.censored for answer in answers if answer.censored), ""),
            )
        )
    return tuple(told)


# ---- one fault


def _healed(timeline: Timeline) -> list[FaultSpan]:
    return [span for span in timeline.faults if span.took is not None and span.healed_ns != FAR_FUTURE_NS]


def _probed(timeline: Timeline) -> dict[str, list[Operation]]:
    """Every operation on the actors that probes call."""
    actors = {o.start.actor for o in timeline.operations if o.start.client.startswith(PROBE)}
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in timeline.operations:
        if operation.start.actor in actors and operation.start.action == "call":
            found[operation.start.actor].append(operation)
    return dict(found)


def _budget_s(span: FaultSpan, terms: Terms) -> float:
    return terms.limits[f"{group_of(span.start.target)}_s"]


def _answers(timeline: Timeline, span: FaultSpan, probed: Mapping[str, list[Operation]], terms: Terms) -> list[_Answer]:
    healed_ns = span.healed_ns
    deadline_ns = healed_ns + round(_budget_s(span, terms) * NS)
    others = [other for other in timeline.faults if other is not span]
    in_place = any(other.start.t_ns <= healed_ns < other.healed_ns for other in others)
    next_ns = min((other.start.t_ns for other in others if other.start.t_ns > healed_ns), default=FAR_FUTURE_NS)
    told = []
    for actor, operations in probed.items():
        attempts = operations[bisect_left(operations, healed_ns, key=lambda operation: operation.start_ns) :]
        answered_ns = min((at for operation in attempts if (at := _answered_ns(operation)) is not None), default=None)
        silent_until_ns = min(answered_ns or FAR_FUTURE_NS, deadline_ns)
        observed_ns = max((operation.end_ns for operation in attempts if operation.end is not None), default=healed_ns)
        if in_place:
            censored = "another fault was in place"
        elif next_ns <= silent_until_ns:
            censored = "another fault came before the answer"
        elif (answered_ns or FAR_FUTURE_NS) > deadline_ns and stalled_between(timeline, healed_ns, deadline_ns):
            censored = "the machine stood still"
        elif answered_ns is None and observed_ns < deadline_ns:
            censored = "the run ended before"
        else:
            censored = ""
        told.append(_Answer(actor, answered_ns, censored, attempts))
    return told


def _answered_ns(operation: Operation) -> int | None:
    """When an operation is known to have been answered, or its turn to have completed; the earlier one."""
    instants = [turn.end_ns for turn in operation.turns if turn.ended == "completed"]
    if operation.outcome == "ok":
        instants.append(operation.end_ns)
    return min(instants, default=None)


def _violation(timeline: Timeline, span: FaultSpan, answer: _Answer, terms: Terms) -> Violation | None:
    budget_s = _budget_s(span, terms)
    deadline_ns = span.healed_ns + round(budget_s * NS)
    if answer.answered_ns is not None and answer.answered_ns <= deadline_ns:
        return None
    tried = [operation for operation in answer.attempts if operation.start_ns < deadline_ns]
    took = span.took
    assert took is not None
    events: list[EventRef] = [
        ref(span.start, f"{span.start.verb} {span.start.target}"),
        ref(took, "took effect"),
        *(ref(operation.start, f"attempt {operation.id}") for operation in tried[:2]),
    ]
    lasted = (
        f"answered {(answer.answered_ns - span.healed_ns) / NS:.1f} s after the heal"
        if answer.answered_ns is not None
        else "never answered again"
    )
    until_ns = answer.answered_ns or timeline.last_ns
    return Violation(
        klass=NEVER if answer.answered_ns is None else LATE,
        actor=answer.actor,
        summary=f"{lasted}; {budget_s:g} s are allowed; {len(tried)} attempts were made by then",
        events=tuple(events),
        spans=(
            Span(lane="fault", label=span.kind, start_ns=span.start.t_ns, end_ns=span.healed_ns),
            Span(lane=answer.actor, label="no answer", start_ns=span.healed_ns, end_ns=until_ns),
        ),
        trigger=span.kind,
        at_ns=deadline_ns,
    )


# ---- figures


def _share(operations: Sequence[Operation], wanted: Callable[[Operation], bool]) -> float:
    return sum(map(wanted, operations)) / len(operations) if operations else 0.0


def _figures(told: Iterable[Recovery]) -> list[Figure]:
    by_group: dict[str, list[float]] = defaultdict(list)
    censored = 0
    for recovery in told:
        censored += bool(recovery.censored)
        if recovery.max_s is not None:
            by_group[recovery.group].append(recovery.max_s)
    figures = [
        Figure(name=f"{group.replace('_', ' ')}: slowest time to recover", value=max(times), unit="s")
        for group, times in sorted(by_group.items())
    ]
    return [*figures, Figure(name="faults that could not be judged for every actor", value=censored, unit="faults")]
