"""Parts: the section of each scenario on the page: what was struck, its curves and its faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from actorproof.durations import spell
from actorproof.plural import some
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan
from actorproof.reports.frames.frames import Frames
from actorproof.reports.html.course import CourseView, course_of, fault_counts
from actorproof.reports.html.drawing import colour
from actorproof.reports.html.growth import growth
from actorproof.reports.html.limits import Limits
from actorproof.reports.html.recovery import recovery
from actorproof.reports.html.series import counted
from actorproof.reports.report import Part, Report

MOST_BINS_OF_A_PART = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One fault of the fault table."""

    id: str
    verb: str
    target: str
    colour: str
    at: str
    lasted: str
    took: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One part as the page shows it."""

    part: Part
    length: str
    operations: int
    facts: str
    struck: str
    course: CourseView
    recovery: Markup
    growth: Markup
    faults: tuple[FaultRow, ...]
    more_faults: int
    proved: int
    violations: int

    @property
    def undrawn(self) -> int:
        """How many of its faults the charts leave out."""
        return len(self.part.timeline.faults) - len(self.course.course.faults)

    @property
    def data(self) -> Markup:
        """The numbers behind its curves, as JSON that can stand within a script element."""
        return Markup(self.course.data.replace("<", "\\u003c"))  # noqa: S704 - what could end the script is escaped


def parts(report: Report, limits: Limits, frames: Mapping[str, Frames]) -> list[PartView]:
    """Every part with its curves; bins, stays and table rows are shared out evenly, bands to where faults are."""
    count = max(len(report.parts), 1)
    bins = max(min(limits.bins // count, MOST_BINS_OF_A_PART), 10)
    places = (report.part_of(traced.violation) for cause in report.verdict.causes for traced in cause.traced)
    broken = Counter(part.name for part in places if part is not None)
    bands = shared([len(part.timeline.faults) for part in report.parts], limits.bands)
    views = []
    for part, drawn in zip(report.parts, bands, strict=True):
        timeline = part.timeline
        # Where not all are told, those without effect are: the page says how many there were.
        kept = sorted(timeline.faults, key=lambda span: span.took is not None)[: max(limits.faults // count, 5)]
        rows = [_fault(span, part.start_ns) for span in sorted(kept, key=lambda span: span.start.t_ns)]
        operations = counted(frames[part.name])
        course = course_of(
            frames[part.name],
            part=part.name,
            length_s=(timeline.last_ns - timeline.first_ns) / 1e9,
            bins=bins,
            stays=limits.stays // count,
            bands=drawn,
            breaches=max(limits.bands // count, 5),
        )
        views.append(
            PartView(
                part=part,
                length=spell(course.course.length_s),
                operations=len(operations),
                facts=_counts(operations, frames[part.name].turns),
                struck=fault_counts(timeline.faults),
                course=course,
                recovery=recovery(part.recoveries[: limits.dots]) if part.recoveries else Markup(""),
                growth=growth(part.growth) if part.growth is not None else Markup(""),
                faults=tuple(rows),
                more_faults=len(timeline.faults) - len(rows),
                proved=sum(span.took is not None for span in timeline.faults),
                violations=broken[part.name],
            )
        )
    return views


def shared(needs: Sequence[int], room: int) -> list[int]:
    """What each gets of `room`: what it needs, or an even share of what those that need less leave of it."""
    given = [0] * len(needs)
    for rank, index in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        given[index] = min(needs[index], room // (len(needs) - rank))
        room -= given[index]
    return given


def _counts(operations: pd.DataFrame, turns: pd.DataFrame) -> str:
    outcomes = Counter(operations["outcome"])
    said = [some(len(operations), "operation")]
    said += [f"{outcomes[word]:,} {word}" for word in ("ok", "info", "fail") if outcomes[word]]
    said += [some(len(turns), "turn"), some(turns["actor"].nunique(), "actor")]
    return " · ".join(said)


def _fault(span: FaultSpan, start_ns: int) -> FaultRow:
    healed = span.healed_ns < FAR_FUTURE_NS
    return FaultRow(
        id=span.start.fault,
        verb=span.start.verb,
        target=span.start.target,
        colour=colour(span.start.verb),
        at=f"{(span.start.t_ns - start_ns) / 1e9:.1f} s",
        lasted=f"{(span.healed_ns - span.start.t_ns) / 1e9:.1f} s" if healed else "to the end",
        took=span.took is not None,
        evidence="; ".join(span.took.evidence) if span.took else "no effect was shown",
    )
