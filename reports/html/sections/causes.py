"""Causes: the section of each on the page: what it broke, its smallest example, and the way there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from actorproof.properties.causes.cause import Traced
from actorproof.properties.verdict.classes import Classes
from actorproof.reports.html.drawing import draw_way, offsets_of, way_from_ns
from actorproof.reports.html.issue import issue
from actorproof.reports.html.limits import Limits
from actorproof.reports.html.violations import Shown, few, shown
from actorproof.reports.logs import LogLine
from actorproof.reports.report import Report
from actorproof.reports.told import Told

MOST_ALONE = 12
"""So many violations that nothing explains are shown by themselves; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link of the way to a violation, with its time against the first one."""

    offset: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """One cause as the page shows it."""

    told: Told
    drawing: Markup
    steps: tuple[Step, ...]
    part: str
    at_s: float
    command: str
    anomaly: str
    triggers: str
    lost: tuple[tuple[str, int, tuple[tuple[str, int], ...]], ...]
    logs: tuple[tuple[str, LogLine], ...]
    alone: tuple[Shown, ...]
    rest: int
    issue: str
    place: int


def cause(report: Report, each: Told, limits: Limits, classes: Classes) -> CauseView:
    """One cause with its smallest example; violations that nothing explains are shown one by one instead."""
    example = each.example
    part = report.part_of(example.violation)
    explained = each.cause.mechanism is not None
    chosen = () if explained else (each.open or each.cause.traced)[: min(MOST_ALONE, limits.drawn)]
    origin_ns = way_from_ns(example)
    logs = report.excerpts.get(each.id, ())
    instants = [*(link.at_ns for link in example.links), *(line.t_ns for line in logs)]
    times = offsets_of([at_ns - origin_ns for at_ns in instants])
    steps = len(example.links)
    triggers = [f"{'no fault' if kind == 'none' else kind} {count:,}x" for kind, count in each.cause.triggers.items()]
    return CauseView(
        told=each,
        drawing=draw_way(example, part.timeline) if explained and part else Markup(""),
        steps=tuple(Step(offset=at, said=link.said) for at, link in zip(times[:steps], example.links, strict=True)),
        part=part.name if part else report.run.scenario,
        at_s=report.at_s(example.violation),
        command=report.command_of(example.violation),
        triggers=few(triggers),
        lost=tuple(_lost(each, classes)),
        anomaly=classes.of(example.violation),
        logs=tuple(zip(times[steps:], logs, strict=True)),
        alone=tuple(_alone(report, traced, classes) for traced in chosen),
        rest=each.count - len(chosen) if not explained else 0,
        issue=issue(report, each),
        place=report.parts.index(part) + 1 if part else 0,
    )


def _lost(each: Told, classes: Classes) -> Iterator[tuple[str, int, tuple[tuple[str, int], ...]]]:
    """What each guarantee lost: how often it was broken, and by which classes; nothing is left out."""
    for guarantee, count in each.cause.lost.items():
        found = (traced.violation for traced in each.cause.traced if traced.guarantee == guarantee)
        yield guarantee, count, tuple(classes.counts(found).most_common())


def _alone(report: Report, traced: Traced, classes: Classes) -> Shown:
    verdict = next(each for each in report.verdict.guarantees if each.guarantee == traced.guarantee)
    deviation = verdict.accepted.get(traced.violation, "")
    return shown(report, verdict, traced.violation, deviation, classes.of(traced.violation), drawing=True)
