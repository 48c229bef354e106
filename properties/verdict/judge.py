"""Judge: every checker over every part of a run, and what is decided of the whole.

A part is one history: a run, or one scenario of several that are judged together. Each is split in two: the canary's
actors, and the rest, which the checkers look at. What they find is decided in `verdict`:

- what is wrong with a history makes everything that would hold `unknown`; a contradiction in it is an `error`;
- a canary that was not seen makes everything that would hold `unknown`; where the history was whole and closed the
  run is an `error`, since a check that is blind must not pass for one that lacks evidence.

Nothing takes a violation away but a deviation.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.findings import Budget, Findings, Terms
from actorproof.properties.verdict.verdict import Canary, RunVerdict, decide
from actorproof.properties.views.settlement import contradictions, unwitnessed
from actorproof.properties.views.timeline import Timeline, split_canary

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
    known: Mapping[str, Guarantee] | None = None,
) -> RunVerdict:
    """Decide the named guarantees from the histories of one run.

    Deviations of other versions are passed over. `broken` names a promise that the hosts broke on purpose: then no
    deviation is taken out, since it is not the runtime that is judged. `known` are the guarantees that there are; all
    that are registered when left out. ValueError when a guarantee or the profile is not known.
    """
    terms = {guarantee: catalogue.terms(guarantee, profile) for guarantee in guarantees}
    listed = [d for d in deviations if d.version == version and broken is None]
    found = registered() if known is None else known
    of_canary = {name: catalogue.terms(name, profile) for name in catalogue.ids if name in found}
    with without_collector():
        halves = [_Halves.of(events, name=_name(number, events, parts)) for number, events in enumerate(parts, start=1)]
        canaries = canary.listen([half.canary for half in halves], guarantees=found, terms=of_canary, budget=budget)
        problems = tuple(problem for half in halves for problem in half.problems)
        doubts = _doubts(halves, problems, canaries)
        verdicts = tuple(
            decide(
                each, [_findings(found, half.rest, each, budget) for half in halves], deviations=listed, doubts=doubts
            )
            for each in terms.values()
        )
    contradictory = any(word in problem for problem in problems for word in CONTRADICTORY)
    return RunVerdict(
        guarantees=verdicts,
        canaries=canaries,
        problems=problems,
        contradictory=contradictory or any(half.contradictory for half in halves),
    )


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


def _doubts(halves: Sequence[_Halves], problems: Sequence[str], canaries: Sequence[Canary]) -> list[str]:
    """Why nothing in this run holds; empty when it may."""
    doubts = [f"the canary of {each.guarantee} was not seen: {each.detail}" for each in canaries if not each.seen]
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        doubts.append(f"the history is not whole: {problems[0]}{more}")
    doubts += [f"{half.name or 'the run'} was not closed in order" for half in halves if not half.closed]
    if not halves:
        doubts.append("there is no history")
    return doubts


def _findings(known: Mapping[str, Guarantee], timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
    """What one checker finds in one part; one that fails, or is not there, found a fault."""
    try:
        findings = known[terms.guarantee].findings(timeline, terms, budget)
        terms.check(findings)
    except Exception as error:  # noqa: BLE001 - whatever a checker raises, the others go on
        return Findings(fault=traceback.format_exception_only(error)[-1].strip())
    return findings
