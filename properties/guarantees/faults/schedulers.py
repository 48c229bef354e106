"""What becomes of reminders when schedulers are lost: part of `availability`.

With three schedulers, and one of them dead while the two others live, ticks go on: each that becomes due after the
death is served within a budget, whether or not the dead one comes back. When all died, the same is asked from their
return on. A tick is late when of a reminder fewer turns began since then, until the budget of that tick had run out,
than it had ticks due since then. What came late from before counts for it, so no delay of another cause is told here.

A loss is judged only where nothing else was faulted within the budget before, and only until the next fault, or end of
a unit. Left out are reminders of which a turn failed or was lost since then, those without a pause, and those whose
period is no whole number of seconds, which versions before 1.16 round.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from actorproof.properties.verdict.findings import Figure, Span, Terms, Violation
from actorproof.properties.views.cluster.outage import died_by_ns
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.ticks.schedule import S_NS, Reminder, plan
from actorproof.properties.views.timeline import Timeline

LATE = "reminders late"
REPLICAS = 3
SCHEDULER = "scheduler-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """What became of the ticks that were due after schedulers were lost: `judged` of them, after `losses` losses."""

    violations: Sequence[Violation]
    figures: Sequence[Figure]
    judged: int
    losses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    """Schedulers that died: ticks are asked for from `from_ns` to `disturbed_ns`, and `what` says since when."""

    span: FaultSpan
    from_ns: int
    disturbed_ns: int
    what: str


def disturbances(timeline: Timeline, span: FaultSpan, from_ns: int) -> list[int]:
    """When something else than a fault happened after an instant: other faults, ends of units, and pauses."""
    ends = [other.start.t_ns for other in timeline.faults if other is not span and other.start.t_ns > from_ns]
    # One that was reaped just after it may have ended before it, or not.
    ends += [max(died_by_ns(life), from_ns) for life in timeline.lives if from_ns < life.ended_ns]
    ends += [start_ns for life in timeline.lives for start_ns, end_ns in life.paused if end_ns > from_ns]
    return ends


def ticks_after_losses(timeline: Timeline, terms: Terms) -> Ticks:
    """Judge every tick that became due after a loss that can be judged."""
    budget_ns = round(terms.limits["scheduler_s"] * S_NS)
    violations: list[Violation] = []
    lateness: dict[str, list[float]] = {}
    judged = losses = 0
    reminders = [each for each in plan(timeline).reminders if _is_plain(each)]
    for loss in _losses(timeline, budget_ns=budget_ns):
        before = judged
        for reminder in reminders:
            count, late_ns, violation = _follow(timeline, loss, reminder, budget_ns=budget_ns)
            judged += count
            if count:
                lateness.setdefault(loss.what, []).append(late_ns / S_NS)
            if violation is not None:
                violations.append(violation)
        losses += judged > before
    figures = [
        Figure(name=f"most that a tick was late after {what}", value=max(values), unit="s")
        for what, values in sorted(lateness.items())
    ]
    return Ticks(violations=violations, figures=figures, judged=judged, losses=losses)


def _is_plain(reminder: Reminder) -> bool:
    whole = reminder.period_ns % S_NS == 0
    return reminder.registration.outcome == "ok" and not reminder.unpaused and whole and reminder.least > 0


def _losses(timeline: Timeline, *, budget_ns: int) -> Iterator[_Loss]:
    run = timeline.run
    if run is None or run.schedulers < REPLICAS:
        return
    for span in timeline.faults:
        units = [unit for unit in span.start.units if unit.startswith(SCHEDULER)]
        if not span.start.has("crashes") or span.took is None or not units or len(units) < len(span.start.units):
            continue
        lives = [timeline.life_at(unit, span.start.t_ns) for unit in units]
        deaths = [life.ended_ns for life in lives if life is not None]
        if len(deaths) < len(units) or max(deaths) > span.healed_ns:
            continue
        others = {name for name in timeline.lives_by_unit if name.startswith(SCHEDULER)} - set(units)
        alive = sum(timeline.life_at(name, max(deaths)) is not None for name in others)
        if len(units) == 1 and alive == run.schedulers - 1:
            from_ns, what = max(deaths), "the death of one scheduler"
        elif len(units) == run.schedulers and span.healed_ns < FAR_FUTURE_NS:
            from_ns, what = span.healed_ns, "the return of all schedulers"
        else:
            continue
        before = (other for other in timeline.faults if other is not span)
        if any(o.start.t_ns <= from_ns and span.start.t_ns <= o.healed_ns + budget_ns for o in before):
            continue
        ends = disturbances(timeline, span, from_ns)
        yield _Loss(span=span, from_ns=from_ns, disturbed_ns=min(ends, default=FAR_FUTURE_NS), what=what)


def _follow(
    timeline: Timeline, loss: _Loss, reminder: Reminder, *, budget_ns: int
) -> tuple[int, int, Violation | None]:
    """How many of a reminder's ticks were judged after a loss, by how much one was late, and the first too late."""
    stop_ns = reminder.asked_to_stop_ns
    until_ns = min(loss.disturbed_ns, timeline.observed_ns, FAR_FUTURE_NS if stop_ns is None else stop_ns)
    since = [turn for turn in reminder.firings if turn.start_ns > loss.from_ns]
    if reminder.registration.end_ns > until_ns or any(turn.ended not in {"completed", "open"} for turn in since):
        return 0, 0, None
    starts = [turn.start_ns for turn in since]
    worst_ns = judged = 0
    for tick in _ticks_after(reminder, loss.from_ns):
        due_ns = reminder.latest_ns + tick * reminder.period_ns
        deadline_ns = due_ns + budget_ns
        if deadline_ns >= until_ns:
            break
        if stalled_between(timeline, loss.from_ns, deadline_ns):
            break
        judged += 1
        if bisect_right(starts, deadline_ns) < judged:
            return judged, budget_ns, _violation(timeline, loss, reminder, tick, deadline_ns=deadline_ns)
        worst_ns = max(worst_ns, starts[judged - 1] - due_ns)
    return judged, worst_ns, None


def _ticks_after(reminder: Reminder, from_ns: int) -> Iterator[int]:
    """The ticks that can only have become due after an instant; without an end where the reminder has none."""
    period_ns = reminder.period_ns or FAR_FUTURE_NS  # without a period there is one tick
    first = max(0, (from_ns - reminder.earliest_ns) // period_ns + 1)
    return takewhile(lambda tick: tick < reminder.least, count(first))


def _violation(timeline: Timeline, loss: _Loss, reminder: Reminder, tick: int, *, deadline_ns: int) -> Violation:
    due_ns = reminder.latest_ns + tick * reminder.period_ns
    after_s = (due_ns - loss.from_ns) / S_NS
    return Violation(
        anomaly=LATE,
        actor=reminder.actor,
        summary=(
            f"tick {tick + 1} of reminder {reminder.name}, due {after_s:.1f} s after {loss.what}, was not served within"
            f" {(deadline_ns - due_ns) / S_NS:.0f} s"
        ),
        events=(
            ref(reminder.registration.start, f"reminder {reminder.name} is registered"),
            ref(loss.span.start, f"{loss.span.start.verb} {loss.span.start.target}"),
        ),
        spans=(
            timeline.lane(loss.span),
            Span(lane=reminder.actor, label=f"tick {tick + 1} due", start_ns=due_ns, end_ns=deadline_ns),
        ),
        trigger=loss.span.kind,
        at_ns=deadline_ns,
    )
