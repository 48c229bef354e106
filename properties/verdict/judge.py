"""Judge: every checker over every part of a run, joined into one judgement.

A part is one history: a run, or one scenario of several that are judged together. Each is split in two: the canary's
actors, and the rest, which the checkers decide. Then what they say is summed by name over the parts and decided anew:

- violations are joined; evidence, opportunities, excuses and doubts are summed; any reason for `unknown` stays;
- deviations take out, by name, the violations that they accept, and the doubts whether there were more of them;
- what is wrong with a history makes everything that would hold `unknown`; a contradiction in it is an `error`;
- a canary that was not seen makes everything that would hold `unknown`; where the history was whole and closed the
  judgement is an `error`, since a check that is blind must not pass for one that lacks evidence.

Nothing takes a violation away but a deviation.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees import (
    activation,
    availability,
    drain,
    durability,
    executions,
    mailbox_order,
    placement,
    recovery,
    reentrancy,
    reminders,
    turns,
)
from actorproof.properties.guarantees.linearizability import check as linearizability
from actorproof.properties.guarantees.timers import check as timers
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.deviation import take_out
from actorproof.properties.verdict.judgement import CanaryWord, Deviation, Judged, Judgement
from actorproof.properties.verdict.uncollected import uncollected
from actorproof.properties.verdict.verdict import Budget, Doubt, Evidence, Figure, Outcome, Terms, Verdict, join
from actorproof.properties.views.settlement import contradictions, unwitnessed
from actorproof.properties.views.timeline import Timeline, split_canary

Checker = Callable[[Timeline, Terms, Budget], Verdict]

CHECKERS: Mapping[str, Checker] = {
    "turns": turns.check,
    "activation": activation.check,
    "reentrancy": reentrancy.check,
    "executions": executions.check,
    "durability": durability.check,
    "reminders": reminders.check,
    "timers": timers.check,
    "drain": drain.check,
    "mailbox-order": mailbox_order.check,
    "placement": placement.check,
    "recovery": recovery.check,
    "availability": availability.check,
    "linearizability": linearizability.check,
}
"""Every checker, by its guarantee."""

SMALLEST = ("smallest", "shortest", "least", "lowest")
EXTREME_UNITS = frozenset({"s", "ms", "ratio", "%", "/s"})
CONTRADICTORY = ("twice", "ended before")


def judge(
    parts: Sequence[Sequence[ev.Event]],
    *,
    catalogue: Catalogue,
    deviations: Iterable[Deviation],
    profile: str,
    guarantees: Sequence[str],
    version: str,
    budget: Budget,
    broken: str | None = None,
) -> Judgement:
    """Decide the named guarantees from the histories of one run.

    Deviations of other versions are passed over. `broken` names a promise that the hosts broke on purpose: then no
    deviation is taken out, since it is not the runtime that is judged. ValueError when a guarantee or the profile is
    not known.
    """
    terms = {guarantee: catalogue.terms(guarantee, profile) for guarantee in guarantees}
    listed = [d for d in deviations if d.version == version and broken is None]
    seen_by = {name: catalogue.terms(name, profile) for name in canary.GUARANTEES if name in catalogue.ids}
    with uncollected():
        return _decide(parts, terms, seen_by, listed, budget)


def _decide(
    parts: Sequence[Sequence[ev.Event]],
    terms: Mapping[str, Terms],
    seen_by: Mapping[str, Terms],
    listed: Sequence[Deviation],
    budget: Budget,
) -> Judgement:
    halves = [_Halves.of(events, name=_name(number, events, parts)) for number, events in enumerate(parts, start=1)]
    canaries = canary.listen([half.canary for half in halves], checkers=CHECKERS, terms=seen_by, budget=budget)
    problems = tuple(problem for half in halves for problem in half.problems)
    doubts = _doubts(halves, problems, canaries)
    judged = tuple(
        _judged(each, [_run(half.rest, each, budget) for half in halves], listed, doubts) for each in terms.values()
    )
    outcomes = [each.outcome for each in judged if not _is_figure(each.terms)]
    if any(word in problem for problem in problems for word in CONTRADICTORY) or any(h.contradictory for h in halves):
        outcomes.append(Outcome.ERROR)
    if any(word.blind for word in canaries):
        outcomes.append(Outcome.ERROR)
    return Judgement(outcome=join(outcomes), guarantees=judged, canaries=canaries, problems=problems)


@dataclass(frozen=True, slots=True)
class _Halves:
    """One part: its timeline without the canary, the canary's, and what is wrong with the history."""

    rest: Timeline
    canary: Timeline
    problems: tuple[str, ...]
    contradictory: bool
    closed: bool
    name: str

    @classmethod
    def of(cls, events: Sequence[ev.Event], *, name: str) -> _Halves:
        gaps = _gaps(events)
        rest, canary_events = (Timeline(half, numbered=False, whole=not gaps) for half in split_canary(events))
        refuted = [*contradictions(rest), *contradictions(canary_events)]
        lost = [*unwitnessed(rest), *unwitnessed(canary_events)]
        found = dict.fromkeys([*gaps, *rest.problems, *canary_events.problems, *lost, *refuted])
        for half in (rest, canary_events):
            half.problems[:] = list(found)
        label = f"{name}: " if name else ""
        return cls(
            rest=rest,
            canary=canary_events,
            problems=tuple(f"{label}{problem}" for problem in found),
            contradictory=bool(refuted),
            closed="closed" in rest.phases,
            name=name,
        )


def _name(number: int, events: Sequence[ev.Event], parts: Sequence[object]) -> str:
    """What a part is called where there are several."""
    if len(parts) == 1:
        return ""
    return next((event.scenario for event in events if isinstance(event, ev.RunStarted)), f"part {number}")


def _gaps(events: Sequence[ev.Event]) -> list[str]:
    """Where running numbers of a process are missing."""
    following: dict[str, int] = {}
    found: list[str] = []
    for event in events:
        expected = following.get(event.process, 0)
        if event.seq != expected:
            found.append(f"{event.process}: event {expected} is missing (next is {event.seq})")
        following[event.process] = event.seq + 1
    return found


def _doubts(halves: Sequence[_Halves], problems: Sequence[str], canaries: Sequence[CanaryWord]) -> list[str]:
    """Why nothing in this run holds; empty when it may."""
    doubts = [f"the canary of {word.guarantee} was not seen: {word.detail}" for word in canaries if not word.red]
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        doubts.append(f"the history is not whole: {problems[0]}{more}")
    doubts += [f"{half.name or 'the run'} was not closed in order" for half in halves if not half.closed]
    if not halves:
        doubts.append("there is no history")
    return doubts


def _run(timeline: Timeline, terms: Terms, budget: Budget) -> Verdict:
    """One checker over one part, with no evidence asked for yet; one that fails, or is not there, is an error."""
    free = replace(terms, thresholds=dict.fromkeys(terms.thresholds, 0))
    try:
        return CHECKERS[terms.guarantee](timeline, free, budget)
    except Exception as error:  # noqa: BLE001 - whatever a checker raises, the others go on
        fault = traceback.format_exception_only(error)[-1].strip()
        return Verdict(guarantee=terms.guarantee, outcome=Outcome.ERROR, fault=fault)


def _judged(terms: Terms, verdicts: Sequence[Verdict], listed: Iterable[Deviation], doubts: Sequence[str]) -> Judged:
    """Combine one guarantee's verdicts, take its deviations out, and decide."""
    verdict = combine(terms, verdicts, () if _is_figure(terms) else doubts)
    remainder = take_out(verdict, listed)
    outcome = Outcome.VIOLATED if remainder.open_violations else _without_violations(verdict, remainder.doubts)
    verdict = replace(verdict, missing=(*verdict.missing, *map(str, remainder.doubts)))
    return Judged(
        terms=terms,
        verdict=verdict,
        outcome=outcome,
        deviations=remainder.matches,
        open_violations=remainder.open_violations,
        notes=remainder.notes,
    )


def combine(terms: Terms, verdicts: Sequence[Verdict], doubts: Iterable[str] = ()) -> Verdict:
    """One verdict of several over the parts of a run; `doubts` are further reasons why it can't hold."""
    have: Counter[str] = Counter()
    opportunities: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    doubtful: Counter[tuple[str, str]] = Counter()
    for verdict in verdicts:
        have.update({evidence.name: evidence.have for evidence in verdict.evidence})
        opportunities.update(verdict.opportunities)
        excused.update(verdict.excused)
        doubtful.update({(doubt.anomaly, doubt.what): doubt.count for doubt in verdict.doubts})
    evidence = tuple(Evidence(name=name, have=have[name], need=need) for name, need in terms.thresholds.items())
    missing = [*dict.fromkeys(reason for verdict in verdicts for reason in verdict.missing)]
    missing += [f"{e.name}: {e.have} seen, {e.need} needed" for e in evidence if not e.enough]
    combined = Verdict(
        guarantee=terms.guarantee,
        outcome=Outcome.HOLDS,
        violations=tuple(sorted((v for verdict in verdicts for v in verdict.violations), key=lambda v: v.at_ns)),
        opportunities=dict(opportunities),
        excused=dict(excused),
        evidence=evidence,
        figures=_figures(figure for verdict in verdicts for figure in verdict.figures),
        doubts=tuple(Doubt(anomaly=anomaly, what=what, count=count) for (anomaly, what), count in doubtful.items()),
        missing=(*missing, *doubts),
        fault="; ".join(dict.fromkeys(verdict.fault for verdict in verdicts if verdict.fault)),
    )
    outcome = Outcome.VIOLATED if combined.violations else _without_violations(combined, combined.doubts)
    return replace(combined, outcome=outcome)


def _without_violations(verdict: Verdict, doubts: Sequence[Doubt]) -> Outcome:
    if verdict.fault:
        return Outcome.ERROR
    return Outcome.UNKNOWN if verdict.missing or doubts else Outcome.HOLDS


def _figures(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Figures by name: counts are summed; of times, shares and rates the largest stays, or the smallest if so named."""
    found: dict[str, Figure] = {}
    for figure in figures:
        before = found.get(figure.name)
        if before is None:
            found[figure.name] = figure
        elif figure.unit not in EXTREME_UNITS:
            found[figure.name] = replace(figure, value=before.value + figure.value)
        else:
            choose = min if figure.name.startswith(SMALLEST) else max
            found[figure.name] = replace(figure, value=choose(before.value, figure.value))
    return tuple(found.values())


def _is_figure(terms: Terms) -> bool:
    """Whether there is nothing to judge: no class and no threshold."""
    return not terms.classes and not terms.thresholds
