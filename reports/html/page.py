"""Page: a report as the text of report.html.

What is shown is limited so that the file stays under MOST_BYTES: curves are cut into fewer intervals, and violations
and faults beyond a number are counted instead. Limits tighten step by step until it fits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.registry import kinds
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict.deviation import DeviationMatch
from actorproof.properties.verdict.findings import EventRef, Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import FAR_FUTURE_NS, FaultSpan
from actorproof.reports.html.chart import bands, colour, course, recovery
from actorproof.reports.html.drawing import MOST_EVENTS, draw, offsets
from actorproof.reports.html.series import series
from actorproof.reports.report import Part, Report, replay
from actorproof.reports.words import amount, clauses, plain, runtime, spell

MOST_BYTES = 1_000_000
LINK = re.compile(r"https?://[^\s<>\"'()]+")
ANCHOR = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>')
WORDS = {
    Outcome.VIOLATED: "violated",
    Outcome.ERROR: "error",
    Outcome.UNKNOWN: "unknown",
    Outcome.DEVIATES: "deviates as listed",
    Outcome.CLEAN: "no violation",
    Outcome.HOLDS: "holds",
    Outcome.FIGURE: "figures only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is shown.

    Attributes:
        bins: intervals of a run's curves, over all parts together.
        per_class, drawn: violations drawn, of one class and altogether.
        listed: violations of one class that are listed without a drawing.
        faults: rows of fault tables, altogether.
        bands: faults drawn in the charts, altogether.
        characters: of any one text.
    """

    bins: int
    per_class: int
    drawn: int
    listed: int
    faults: int
    bands: int
    characters: int


STEPS = (
    Limits(bins=1600, per_class=5, drawn=40, listed=5, faults=600, bands=800, characters=600),
    Limits(bins=800, per_class=3, drawn=20, listed=3, faults=300, bands=400, characters=400),
    Limits(bins=400, per_class=2, drawn=8, listed=0, faults=100, bands=200, characters=200),
    Limits(bins=100, per_class=1, drawn=3, listed=0, faults=10, bands=40, characters=80),
)
MOST_BINS_OF_A_PART = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One violation as the page shows it."""

    violation: Violation
    drawing: Markup
    part: str
    at_s: float
    command: str
    deviation: str
    events: tuple[tuple[str, EventRef], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of a guarantee: its counts, and the violations of it that are shown."""

    name: str
    count: int
    accepted: int
    rate: str
    triggers: str
    shown: tuple[Shown, ...]
    rest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeView:
    """One guarantee as the page shows it."""

    verdict: Verdict
    classes: tuple[ClassRow, ...]

    @property
    def missing(self) -> list[str]:
        """Why it is unknown; beside another outcome, what the table of evidence does not say already."""
        verdict = self.verdict
        shown = {f"{e.name}: {e.have} seen, {e.need} needed" for e in verdict.evidence}
        unknown = verdict.outcome is Outcome.UNKNOWN
        return [reason for reason in verdict.missing if unknown or reason not in shown]

    @property
    def note(self) -> str:
        """What its tile says under the outcome."""
        verdict = self.verdict
        match verdict.outcome:
            case Outcome.VIOLATED:
                counts = Counter(violation.anomaly for violation in verdict.open_violations).most_common(2)
                return ", ".join(f"{anomaly} {number:,}x" for anomaly, number in counts)
            case Outcome.ERROR:
                return plain(verdict.fault or "the checker failed", limit=70)
            case Outcome.UNKNOWN:
                return plain(verdict.missing[0] if verdict.missing else "too little was seen", limit=70)
            case Outcome.DEVIATES:
                names = [match.deviation.name for match in verdict.deviations if match.violations]
                return ", ".join(names)
            case Outcome.HOLDS | Outcome.CLEAN:
                met = sum(evidence.enough for evidence in verdict.evidence)
                return f"{met} of {len(verdict.evidence)} kinds of evidence met" if verdict.evidence else ""
            case _:
                return f"{len(verdict.figures)} figures"


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
    facts: str
    course: Markup
    recovery: Markup
    faults: tuple[FaultRow, ...]
    more_faults: int
    proved: int


def render(report: Report) -> str:
    """The text of report.html, under MOST_BYTES.

    ValueError if even the tightest limits don't fit, which takes thousands of guarantees or parts.
    """
    for limits in STEPS:
        page = _render(report, limits)
        if len(page.encode()) < MOST_BYTES:
            return page
    raise ValueError(f"report.html would be larger than {MOST_BYTES} bytes: {len(report.parts)} parts")


def _render(report: Report, limits: Limits) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def short(text: str) -> str:
        return plain(text, limit=limits.characters)

    environment.filters.update(amount=amount, plain=short, linked=lambda text: linked(short(text)), spell=spell)
    views = _guarantees(report, limits)
    matches = [(verdict, match) for verdict in report.verdict.guarantees for match in verdict.deviations]
    return environment.get_template("report.html").render(
        report=report,
        run=report.run,
        runtime=runtime(report),
        command=replay(report.run),
        clauses=clauses(report),
        overall=report.verdict.outcome,
        exit_code=report.verdict.outcome.exit_code,
        words=WORDS,
        tiles=views,
        guarantees=sorted(views, key=lambda view: -view.verdict.outcome),
        parts=_parts(report, limits),
        seeds=", ".join(str(seed) for seed in dict.fromkeys([report.run.seed, *(p.info.seed for p in report.parts)])),
        facts=_topologies(report),
        deviations=[(verdict.guarantee, match, _rate(match)) for verdict, match in matches],
        unseen=[canary for canary in report.verdict.canaries if not canary.seen],
        problems=report.verdict.problems[: limits.faults],
        more_problems=max(len(report.verdict.problems) - limits.faults, 0),
        trouble=report.trouble[: limits.faults],
        more_trouble=max(len(report.trouble) - limits.faults, 0),
        kinds=kinds().values(),
        Outcome=Outcome,
    )


def _overlapping(verdict: Verdict) -> bool:
    guarantee = registered().get(verdict.guarantee)
    return guarantee is not None and guarantee.overlapping


def linked(text: str) -> Markup:
    """Text with its web addresses made into links; everything is escaped."""
    pieces: list[Markup] = []
    at = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:")
        pieces += [Markup("{}").format(text[at : found.start()]), ANCHOR.format(address)]
        at = found.start() + len(address)
    pieces.append(Markup("{}").format(text[at:]))
    return Markup("").join(pieces)


def _rate(match: DeviationMatch) -> str:
    return f"{amount(100 * match.rate)} %"


def _guarantees(report: Report, limits: Limits) -> list[GuaranteeView]:
    views = []
    room = limits.drawn
    for verdict in sorted(report.verdict.guarantees, key=lambda each: -each.outcome):
        classes = []
        for anomaly in _classes(verdict):
            row, used = _class(report, verdict, anomaly, limits, room)
            room -= used
            classes.append(row)
        views.append(GuaranteeView(verdict=verdict, classes=tuple(classes)))
    order = {verdict.guarantee: index for index, verdict in enumerate(report.verdict.guarantees)}
    return sorted(views, key=lambda view: order[view.verdict.guarantee])


def _classes(verdict: Verdict) -> list[str]:
    """The catalogue's classes and any other that was found: those with unlisted violations first, then listed."""
    counts = verdict.classes
    unlisted = {violation.anomaly for violation in verdict.open_violations}
    known = dict.fromkeys([*verdict.terms.classes, *counts])
    return sorted(known, key=lambda anomaly: (anomaly not in unlisted, not counts.get(anomaly)))


def _class(report: Report, verdict: Verdict, anomaly: str, limits: Limits, room: int) -> tuple[ClassRow, int]:
    """The row of one class, and how many drawings it used of `room`."""
    names = verdict.accepted
    found = [violation for violation in verdict.violations if violation.anomaly == anomaly]
    chosen = choose(found, names, limits.per_class)
    drawn = min(len(chosen), room)
    shown = [
        _shown(report, verdict, violation, names.get(violation, ""), drawing=index < drawn)
        for index, violation in enumerate(chosen[: max(drawn, limits.listed)])
    ]
    opportunities = verdict.opportunities.get(anomaly, 0)
    row = ClassRow(
        name=anomaly,
        count=len(found),
        accepted=sum(violation in names for violation in found),
        rate=f"{amount(100 * len(found) / opportunities)} % of {opportunities:,}" if opportunities else "",
        triggers=", ".join(
            f"{'no fault' if kind == 'none' else kind} {n:,}x"
            for kind, n in Counter(v.trigger for v in found).most_common(4)
        ),
        shown=tuple(shown),
        rest=len(found) - len(shown),
    )
    return row, drawn


def choose(found: Sequence[Violation], names: Mapping[Violation, str], most: int) -> list[Violation]:
    """The violations to show: those that no deviation accepts first, and of each trigger one before any second."""
    seen: Counter[tuple[bool, str]] = Counter()
    ranked = []
    for index, violation in enumerate(found):
        key = (violation in names, violation.trigger)
        ranked.append((key[0], seen[key], index, violation))
        seen[key] += 1
    return [violation for *_, violation in sorted(ranked, key=lambda each: each[:3])][:most]


def _shown(report: Report, verdict: Verdict, violation: Violation, deviation: str, *, drawing: bool) -> Shown:
    part = report.part_of(violation)
    return Shown(
        violation=violation,
        drawing=draw(violation, overlapping=_overlapping(verdict)) if drawing else Markup(""),
        part=part.name if part else report.run.scenario,
        at_s=report.at_s(violation),
        command=report.command_of(violation),
        deviation=deviation,
        events=tuple(zip(offsets(violation), violation.events[:MOST_EVENTS], strict=True)),
    )


def _parts(report: Report, limits: Limits) -> list[PartView]:
    """Every part with its charts; bins, bands and table rows are shared out evenly."""
    count = max(len(report.parts), 1)
    bins = max(min(limits.bins // count, MOST_BINS_OF_A_PART), 10)
    breaches = [violation for verdict in report.verdict.guarantees for violation in verdict.open_violations]
    views = []
    for part in report.parts:
        timeline = part.timeline
        found = series(timeline, most=bins)
        mine = [report.at_s(violation) for violation in breaches if report.part_of(violation) is part]
        rows = [_fault(span, part.start_ns) for span in timeline.faults[: max(limits.faults // count, 5)]]
        drawn = bands(timeline.faults[: max(limits.bands // count, 5)], first_ns=part.start_ns, length_s=found.length_s)
        views.append(
            PartView(
                part=part,
                length=spell(found.length_s),
                facts=_counts(part),
                course=course(found, drawn, breaches_s=sorted(mine)[: limits.bands // count]),
                recovery=recovery(part.recoveries[: limits.bands]) if part.recoveries else Markup(""),
                faults=tuple(rows),
                more_faults=len(timeline.faults) - len(rows),
                proved=sum(span.took is not None for span in timeline.faults),
            )
        )
    return views


def _counts(part: Part) -> str:
    outcomes = Counter(operation.outcome for operation in part.timeline.operations)
    said = [f"{len(part.timeline.operations):,} operations"]
    said += [f"{outcomes[word]:,} {word}" for word in ("ok", "info", "fail") if outcomes[word]]
    said += [f"{len(part.timeline.turns):,} turns", f"{len(part.timeline.turns_by_actor):,} actors"]
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


def _topologies(report: Report) -> list[str]:
    """What ran, once each."""
    found = [part.info.topology for part in report.parts] or [report.run.topology]
    return list(dict.fromkeys(_topology(topology) for topology in found if topology is not None))


def _topology(topology: Topology) -> str:
    def many(count: int, word: str) -> str:
        return f"{count} {word}{'' if count == 1 else 's'}"

    said = [
        many(topology.hosts, "host") + (f" and {topology.spare_hosts} spare" if topology.spare_hosts else ""),
        many(topology.placements, "placement replica"),
        many(topology.schedulers, "scheduler"),
        topology.store,
        f"{topology.subject} subject",
        "links through Toxiproxy" if topology.proxied else "no proxies",
        f"idle time-out {amount(topology.idle_timeout_s, 's')}",
        f"drain {amount(topology.drain_timeout_s, 's')}" if topology.drain_enabled else "drain off",
    ]
    if topology.breakage:
        said.append(f"broken on purpose: {topology.breakage}")
    return " · ".join(said)
