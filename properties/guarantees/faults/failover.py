"""failover: when a host is lost, each of its actors answers elsewhere within a budget, whether or not the host returns.

A loss is a fault that ends a host, or its sidecar or its application alone, or one that stops or disconnects it for
longer than its lease: than documentation says, or until a table in force had the host no more before it was healed.
The budget is the sum of the runtime's documented time-outs on that path times a slack (limits of the catalogue), and
the drain time-out in force; it counts from the proof that the fault took effect, since who lived there may have been
served until then. A return within it changes the table again, so it adds one dissemination; what healed shortly before
the loss still has its own time, too.

Asked are the actors that probes call all the time and whose last turn before the loss was on that host. An actor has
answered when a turn of it completed that began after the loss, wherever it ran. It is late when an attempt by way of
another host that began after the budget had run out ended before it answered, and so did others since the loss: the end
of the budget alone proves nothing. Attempts are taken as whole intervals: widening one makes it prove less.

An actor is judged only where nothing else can explain its silence until then: no other fault in place or begun, no unit
that died by itself, no stall of the machine. Everything else is censored, and counted. A loss is evidence when each
actor that lived there answered, or was judged late. Silence is a conclusion from absence: it takes a whole history.

Figures: quantiles of the time until actors answered, by kind of loss, and its parts: detection (until a table without
the host was seen), dissemination with the drain (until the first of its actors began a turn) and activation (from there
on until the last one had answered). A loss that no table showed has no parts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.plural import some
from actorproof.properties.guarantees.faults.recovery import PROBE
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.cluster.lateness import proving
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, FaultSpan, Operation, Turn, host_of, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.drains import drain_in_force_s

LATE = "late"
NEVER = "never"
NS = 1_000_000_000
PARTS = {
    frozenset({"app", "sidecar"}): "host",
    frozenset({"app"}): "application",
    frozenset({"sidecar"}): "sidecar",
}
QUANTILES = ((0.5, "median"), (0.9, "90 %"), (1.0, "slowest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One loss of a host.

    Attributes:
        part: ``host``, ``sidecar`` or ``application``, or ``pause`` when it was stopped or cut off.
        lost_ns: when it was proved that the fault had taken effect: whatever ran there before may have been served.
        deadline_ns: from when on an actor is late.
        disturbed_ns: when something else happened next.
    """

    span: FaultSpan
    host: str
    part: str
    lost_ns: int
    deadline_ns: int
    disturbed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One actor after a loss; `answer` is its first completed turn, `attempts` what proves that it was late."""

    actor: str
    answer: Turn | None
    attempts: Sequence[Operation]
    censored: bool

    @property
    def late(self) -> bool:
        return bool(self.attempts) and not self.censored


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every loss of a host, in one pass over the calls of its actors each."""
    violations: list[Violation] = []
    judged: Counter[str] = Counter()
    opportunities = censored = 0
    times: dict[str, list[tuple[Loss, list[_Asked]]]] = defaultdict(list)
    for loss in losses(timeline, terms):
        asked = [_ask(timeline, terms, loss, actor) for actor in _lived_there(timeline, loss)]
        fit = [one for one in asked if not one.censored]
        opportunities += len(fit)
        censored += len(fit) < len(asked)
        judged[loss.part] += len(fit) == len(asked) > 0
        violations += [_violation(timeline, loss, one) for one in fit if one.late]
        times[loss.span.kind].append((loss, fit))
    missing = []
    if violations and not (timeline.closed and timeline.whole):
        missing = [f"actors were silent {some(len(violations), 'time')}, but the history is not whole"]
        violations = []
    figures = [figure for kind in sorted(times) for figure in _figures(timeline, kind, times[kind])]
    figures.append(Figure(name="losses that could not be judged for every actor", value=censored, unit="losses"))
    return Findings(
        violations=violations,
        evidence={name: judged[name.removeprefix("losses_")] for name in terms.thresholds},
        opportunities={LATE: opportunities, NEVER: opportunities},
        figures=figures,
        missing=missing,
    )


GUARANTEE = Guarantee(id="failover", check=check)


def losses(timeline: Timeline, terms: Terms) -> Iterator[Loss]:
    """Every loss of one host that can be judged, in order of the faults."""
    limits = terms.limits
    drain_ns = round(drain_in_force_s(timeline.run) * NS)
    tables = [table for table in timeline.tables if table.leader and table.hosts]
    for span in timeline.faults:
        host = _host(span)
        part = _part(span, given_up=_given_up(span, host, tables, lease_ns=round(limits["lease_s"] * NS)))
        others = [other for other in timeline.faults if other is not span]
        if part is None or host is None or span.took is None:
            continue
        began_ns, lost_ns = span.start.t_ns, span.took.t_ns
        if any(o.start.t_ns <= lost_ns and began_ns <= o.healed_ns for o in others):
            continue
        deadline_ns = lost_ns + round(limits[f"{part}_s"] * NS) + drain_ns
        if span.healed_ns <= deadline_ns:
            deadline_ns += round(limits["return_s"] * NS) + drain_ns
        # What healed before may still be on its way back, and that is not this loss's doing.
        before = [other.healed_ns for other in others if other.healed_ns < began_ns]
        deadline_ns = max(deadline_ns, max(before, default=FAR_PAST_NS) + round(limits["healed_s"] * NS) + drain_ns)
        ends = [other.start.t_ns for other in others if other.start.t_ns > lost_ns]
        ends += [life.ended_ns for life in timeline.lives if not life.expected and life.exited_ns >= began_ns]
        # Hosts that end with the run were not lost.
        ends.append(timeline.observed_ns)
        yield Loss(
            span=span,
            host=host,
            part=part,
            lost_ns=lost_ns,
            deadline_ns=deadline_ns,
            disturbed_ns=max(lost_ns, min(ends)),
        )


def _host(span: FaultSpan) -> str | None:
    """The one host whose parts a fault touched, if it touched nothing else."""
    hosts = set(map(host_of, span.start.units))
    return hosts.pop() if len(hosts) == 1 else None


def _given_up(span: FaultSpan, host: str | None, tables: Sequence[ev.TableObserved], *, lease_ns: int) -> bool:
    """Whether a fault lasted for longer than its host's lease, by documentation or by placement's own table."""
    began_ns = span.start.t_ns
    seen = [table for table in tables if began_ns < table.t_ns < span.healed_ns]
    return span.healed_ns - began_ns > lease_ns or any(host not in table.hosts for table in seen)


def _part(span: FaultSpan, *, given_up: bool) -> str | None:
    """What a fault takes away, if it takes away something of a host."""
    part = PARTS.get(frozenset(map(ev.half, span.start.units)))
    if part is None or span.start.has("stops"):
        return part
    return "pause" if given_up and (span.start.has("pauses") or span.start.has("severs")) else None


def _lived_there(timeline: Timeline, loss: Loss) -> list[str]:
    """The probed actors whose last turn before a loss was on its host."""
    probed = {o.start.actor: None for o in timeline.operations if o.start.client.startswith(PROBE)}
    found = []
    for actor in probed:
        turns = timeline.turns_of(actor)
        before = bisect_left(turns, loss.lost_ns, key=lambda turn: turn.start_ns)
        if before and turns[before - 1].host == loss.host:
            found.append(actor)
    return found


def _ask(timeline: Timeline, terms: Terms, loss: Loss, actor: str) -> _Asked:
    """When an actor answered after a loss, and what proves that it was late."""
    answers = [
        turn for turn in timeline.turns_by_actor[actor] if turn.ended == "completed" and turn.start_ns >= loss.lost_ns
    ]
    answer = min(answers, key=lambda turn: turn.end_ns, default=None)
    until_ns = min(loss.disturbed_ns, FAR_FUTURE_NS if answer is None else answer.end_ns)
    calls = timeline.operations_of(actor)
    after = calls[bisect_left(calls, loss.lost_ns, key=lambda call: call.start_ns) :]
    tried = (call for call in after if _tried(call, loss, until_ns))
    if attempts := proving(tried, deadline_ns=loss.deadline_ns, least=round(terms.limits["attempts"])):
        stalled = stalled_between(timeline, loss.span.start.t_ns, attempts[-1].end_ns)
        return _Asked(actor=actor, answer=answer, attempts=attempts, censored=stalled)
    in_time = answer is not None and answer.end_ns <= min(loss.disturbed_ns, loss.deadline_ns)
    return _Asked(actor=actor, answer=answer, attempts=(), censored=not in_time)


def _tried(call: Operation, loss: Loss, until_ns: int) -> bool:
    """Whether a call by way of another host than the lost one ended without an answer by then."""
    start, end = call.start, call.end
    tried = start.action == "call" and start.via != loss.host and end is not None
    return tried and call.end_ns <= until_ns and call.outcome != "ok"


def _violation(timeline: Timeline, loss: Loss, asked: _Asked) -> Violation:
    span = loss.span
    first, last = min(asked.attempts, key=lambda call: call.start_ns), asked.attempts[-1]
    answer = asked.answer
    lasted = (
        f"It answered {(answer.end_ns - loss.lost_ns) / NS:.1f} s after"
        if answer is not None
        else "It never answered again after"
    )
    healed = (
        f"healed after {(span.healed_ns - loss.lost_ns) / NS:.1f} s" if span.healed_ns < FAR_FUTURE_NS else "in place"
    )
    events = [
        ref(span.start, f"{span.start.verb} {span.start.target}"),
        ref(first.start, "first attempt after the loss"),
        ref(last.start, "an attempt when the budget was over"),
    ]
    events += [ref(last.end, f"its end: {last.outcome}")] if last.end is not None else []
    events += [ref(answer.start, f"answers on {answer.host}")] if answer is not None else []
    until_ns = timeline.last_ns if answer is None else answer.end_ns
    return Violation(
        anomaly=NEVER if answer is None else LATE,
        actor=asked.actor,
        summary=(
            f"{lasted} {span.kind} ({healed}), though it was asked {some(len(asked.attempts), 'time')} by way of other"
            f" hosts; {(loss.deadline_ns - loss.lost_ns) / NS:g} s are allowed"
        ),
        events=tuple(events),
        spans=(
            timeline.lane(span, from_ns=loss.lost_ns),
            Span(lane=asked.actor, label="no answer", start_ns=loss.lost_ns, end_ns=until_ns),
        ),
        trigger=span.kind,
        at_ns=last.end_ns,
    )


# ---- figures


def _figures(timeline: Timeline, kind: str, told: Sequence[tuple[Loss, list[_Asked]]]) -> list[Figure]:
    """Quantiles of the times of one kind of loss, and medians of their parts."""
    times = sorted(
        (one.answer.end_ns - loss.lost_ns) / NS for loss, asked in told for one in asked if one.answer is not None
    )
    parts: dict[str, list[float]] = defaultdict(list)
    for loss, asked in told:
        for name, length_ns in _parts(timeline, loss, asked):
            parts[name].append(length_ns / NS)
    found = [
        Figure(name=f"{kind}: time to answer elsewhere, {name}", value=quantile(times, share), unit="s")
        for share, name in QUANTILES
        if times
    ]
    found += [
        Figure(name=f"{kind}: of it {name}, median", value=quantile(sorted(lengths), 0.5), unit="s")
        for name, lengths in parts.items()
    ]
    return found


def _parts(timeline: Timeline, loss: Loss, asked: Sequence[_Asked]) -> list[tuple[str, int]]:
    """How long a loss was not noticed, its table took to spread, and its actors took to begin."""
    answers = [one.answer for one in asked if one.answer is not None]
    tables = [table for table in timeline.tables if table.leader]
    # Seen before the fault was proved, it was there at once.
    at = bisect_right(tables, loss.span.start.t_ns, key=lambda table: table.t_ns)
    without = next((max(table.t_ns, loss.lost_ns) for table in tables[at:] if loss.host not in table.hosts), None)
    begun_ns = min((answer.start_ns for answer in answers), default=FAR_FUTURE_NS)
    if without is None or not answers or without > begun_ns:
        return []
    return [
        ("detection", without - loss.lost_ns),
        ("dissemination and drain", begun_ns - without),
        ("activation", max(answer.end_ns for answer in answers) - begun_ns),
    ]
