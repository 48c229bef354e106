"""Violations: those that the page shows one by one, and how each is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict.findings import EventRef, Violation
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.html.drawing import MOST_EVENTS, MOST_SPANS, draw, offsets
from actorproof.reports.report import Report

MOST_KINDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One violation as the page shows it."""

    violation: Violation
    anomaly: str
    promise: str
    drawing: Markup
    part: str
    at_s: float
    command: str
    deviation: str
    events: tuple[tuple[str, EventRef], ...]


def choose(found: Sequence[Violation], names: Mapping[Violation, str], most: int) -> list[Violation]:
    """The violations to show: those that no deviation accepts first, and of each trigger one before any second."""
    seen: Counter[tuple[bool, str]] = Counter()
    ranked = []
    for index, violation in enumerate(found):
        key = (violation in names, violation.trigger)
        ranked.append((key[0], seen[key], index, violation))
        seen[key] += 1
    return [violation for *_, violation in sorted(ranked, key=lambda each: each[:3])][:most]


def shown(
    report: Report, verdict: Verdict, violation: Violation, deviation: str, anomaly: str, *, drawing: bool
) -> Shown:
    """One violation of a guarantee, of the class that readers know it by, with its drawing if that is wanted."""
    part = report.part_of(violation)
    events = violation.events[:MOST_EVENTS]
    return Shown(
        violation=violation,
        anomaly=anomaly,
        promise=verdict.terms.promise,
        drawing=draw(violation, overlapping=_overlapping(verdict)) if drawing else Markup(""),
        part=part.name if part else report.run.scenario,
        at_s=report.at_s(violation),
        command=report.command_of(violation),
        deviation=deviation,
        events=tuple(zip(offsets(events, violation.spans[:MOST_SPANS]), events, strict=True)),
    )


def _overlapping(verdict: Verdict) -> bool:
    guarantee = registered().get(verdict.guarantee)
    return guarantee is not None and guarantee.overlapping


def few(texts: Sequence[str]) -> str:
    """The first of them, with how many more there are."""
    more = len(texts) - MOST_KINDS
    return ", ".join(texts[:MOST_KINDS]) + (f" and {more} more" if more > 0 else "")
