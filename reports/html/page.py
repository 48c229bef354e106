"""Page: a report as the text of report.html.

What is shown is limited so that the file stays under MOST_BYTES: curves are cut into fewer intervals, and violations
and faults beyond a number are counted instead. Limits tighten step by step until it fits.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from actorproof.durations import spell
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history.events import UNDER_WAY, UnderWay
from actorproof.harness.history.info import Promise
from actorproof.plural import some
from actorproof.properties.causes.cause import UNEXPLAINED, Traced
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict.baseline import PER
from actorproof.properties.verdict.classes import EXPLAINED, Classes
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.findings import EventRef, Figure, Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import FAR_FUTURE_NS, FaultSpan
from actorproof.reports import claims
from actorproof.reports.advice import advice
from actorproof.reports.anomalies import anomalies
from actorproof.reports.frames.frames import Frames
from actorproof.reports.html.course import CourseView, course_of, fault_counts
from actorproof.reports.html.drawing import (
    MOST_EVENTS,
    MOST_SPANS,
    colour,
    draw,
    draw_way,
    offsets,
    offsets_of,
    way_from_ns,
)
from actorproof.reports.html.growth import growth
from actorproof.reports.html.recovery import recovery
from actorproof.reports.html.templating import templates
from actorproof.reports.logs import LogLine
from actorproof.reports.report import Part, Report, replay
from actorproof.reports.told import MOST_CAUSES, MOST_REASONS, Surest, Told, counted, headline, laid, surest, told
from actorproof.reports.upstream import known
from actorproof.reports.words import (
    REFUSABLE,
    WORDS,
    amount,
    clauses,
    combinations,
    lack,
    owed,
    plain,
    runtime,
    sourced,
    whole,
)

MOST_BYTES = 1_000_000
SHIPPED = 4_000
"""Characters of a text that is shipped, at most: tests hold claims and deviations to less."""
LINK = re.compile(r"https?://[^\s<>\"'()]+")
ANCHOR = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is shown.

    Attributes:
        bins: intervals of a run's curves, over all parts together.
        stays: stretches of actors on hosts, over all parts together.
        per_class, drawn: violations drawn, of one class and altogether.
        listed: violations of one class that are listed without a drawing.
        faults: rows of fault tables, altogether.
        bands: faults drawn in the charts, altogether. One takes some 40 characters, so that nearly all runs keep all.
        dots: recoveries drawn of one part.
        characters: of any one text.
    """

    bins: int
    stays: int
    per_class: int
    drawn: int
    listed: int
    faults: int
    bands: int
    dots: int
    characters: int


STEPS = (
    Limits(bins=1600, stays=6000, per_class=4, drawn=60, listed=4, faults=600, bands=800, dots=800, characters=600),
    Limits(bins=800, stays=2000, per_class=3, drawn=30, listed=3, faults=300, bands=800, dots=400, characters=400),
    Limits(bins=400, stays=800, per_class=2, drawn=12, listed=1, faults=100, bands=800, dots=200, characters=200),
    Limits(bins=100, stays=100, per_class=1, drawn=3, listed=0, faults=10, bands=200, dots=40, characters=80),
)
MOST_BINS_OF_A_PART = 300
MOST_KINDS = 6
MOST_PARTS = 8
# What may be under way, by the guarantee that a runtime has to promise for it.
FOR_A_PROMISE: Mapping[UnderWay, str] = {
    "actor idle": "lifecycle",
    "table changing": "placement",
    "tick due": "reminders",
    "drain": "drain",
}
MOST_GUARANTEES = 10
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
    surest: Surest
    triggers: str
    lost: tuple[tuple[str, int, tuple[tuple[str, int], ...]], ...]
    logs: tuple[tuple[str, LogLine], ...]
    alone: tuple[Shown, ...]
    rest: int


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
    """One guarantee as the page shows it; `new` tells its unlisted violations by class."""

    verdict: Verdict
    classes: tuple[ClassRow, ...]
    new: str

    @property
    def missing(self) -> list[str]:
        """Why it is unknown; beside another outcome, what the table of evidence does not say already."""
        verdict = self.verdict
        shown = {e.lack for e in verdict.evidence} | {str(doubt) for doubt in verdict.doubts}
        unknown = verdict.outcome is Outcome.UNKNOWN
        return [reason for reason in verdict.missing if unknown or reason not in shown]

    @property
    def doubts(self) -> list[str]:
        """What may have been a violation, and which deviation accepts it if it was."""
        accepted = {
            str(doubt): f"{doubt}; known as {match.deviation.mechanism}"
            for match in self.verdict.deviations
            for doubt in match.doubts
        }
        return list(
            dict.fromkeys([*accepted.values(), *(s for d in self.verdict.doubts if (s := str(d)) not in accepted)])
        )

    @property
    def lack(self) -> str:
        """What the run did not show first of all, where it is undecided."""
        return lack((self.verdict,))

    @property
    def figures(self) -> list[Figure]:
        """Its figures; times in seconds where any of them reaches one, so that they can be compared."""
        figures = self.verdict.figures
        long = any(each.unit == "s" or (each.unit == "ms" and abs(each.value) >= 1000) for each in figures)  # noqa: PLR2004 - a second
        return [
            replace(each, value=each.value / 1000, unit="s") if long and each.unit == "ms" else each for each in figures
        ]

    @property
    def note(self) -> str:
        """What stands beside its outcome."""
        verdict = self.verdict
        match verdict.outcome:
            case Outcome.VIOLATED:
                return self.new
            case Outcome.ERROR:
                return whole(verdict.fault or "the checker failed", limit=70)
            case Outcome.UNKNOWN:
                return f"{len(verdict.accepted):,} known; {self.lack}" if verdict.accepted else self.lack
            case Outcome.DEVIATES:
                count = len(verdict.violations)
                return f"{some(count, 'violation')}, {'known' if count == 1 else 'all known'}"
            case Outcome.HOLDS | Outcome.CLEAN:
                met = sum(evidence.enough for evidence in verdict.evidence)
                return f"{met} of {len(verdict.evidence)} kinds of evidence seen" if verdict.evidence else ""
            case _:
                return some(len(verdict.figures), "figure")


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


def render(report: Report) -> str:
    """The text of report.html, under MOST_BYTES.

    ValueError if even the tightest limits don't fit, which takes thousands of guarantees or parts.
    """
    frames = {part.name: Frames(((part.name, part.timeline),), lambda: report) for part in report.parts}
    for limits in STEPS:
        page = _render(report, limits, frames)
        if len(page.encode()) < MOST_BYTES:
            return page
    raise ValueError(f"report.html would be larger than {MOST_BYTES} bytes: {len(report.parts)} parts")


def _render(report: Report, limits: Limits, frames: Mapping[str, Frames]) -> str:
    environment = templates()

    def short(text: str) -> str:
        return plain(text, limit=limits.characters)

    # What is shipped with Actorproof is bounded, and is never cut.
    environment.filters["coded"] = lambda text: coded(plain(text, limit=SHIPPED))
    environment.filters["shipped"] = lambda text: plain(text, limit=SHIPPED)
    environment.filters["sourced"] = lambda text: linked(plain(sourced(text), limit=SHIPPED))
    environment.filters["upstream"] = lambda text: linked(known(text))
    environment.filters.update(amount=amount, plain=short, linked=lambda text: linked(short(text)), spell=spell)
    views = _guarantees(report, limits)
    # One row a deviation, whatever guarantees it broke.
    every = [match for verdict in report.verdict.guarantees for match in verdict.deviations]
    matches = {match.deviation.mechanism: match for match in every}
    causes = told(report)
    classes = Classes(report.verdict.causes)
    return environment.get_template("report.html").render(
        report=report,
        run=report.run,
        runtime=runtime(report),
        command=replay(report.run),
        clauses=clauses(report),
        headline=headline(causes),
        laid=laid(report, causes),
        anomalies=anomalies(),
        causes=[_cause(report, each, limits, classes) for each in causes],
        most_causes=MOST_CAUSES,
        most_parts=MOST_PARTS,
        overall=report.verdict.outcome,
        exit_code=report.verdict.outcome.exit_code,
        coverage=report.verdict.coverage,
        under_way=_moments(report.run.promises),
        owed=_owed(report),
        tried=combinations(owed(report), of="profile" if report.run.parts else "scenario"),
        words=WORDS,
        guarantees=sorted(views, key=lambda view: -view.verdict.outcome),
        first_quiet=_first_quiet(views),
        unknown=_unknown(views),
        most_reasons=MOST_REASONS,
        advice=advice(report),
        parts=_parts(report, limits, frames),
        seeds=", ".join(str(seed) for seed in dict.fromkeys([report.run.seed, *(p.info.seed for p in report.parts)])),
        facts=_topologies(report),
        deviations=[
            (
                match.deviation,
                match.standing,
                _rate(match.deviation),
                [doubt for each in every if each.deviation is match.deviation for doubt in each.doubts],
            )
            for match in matches.values()
        ],
        claimed=claims.summary(report.claims),
        unseen=[canary for canary in report.verdict.canaries if not canary.seen],
        problems=report.verdict.problems[: limits.faults],
        more_problems=max(len(report.verdict.problems) - limits.faults, 0),
        unpromised=report.unpromised,
        trouble=report.trouble[: limits.faults],
        more_trouble=max(len(report.trouble) - limits.faults, 0),
        refused=report.refused[: limits.faults],
        more_refused=max(len(report.refused) - limits.faults, 0),
        refusable=REFUSABLE,
        kinds=kinds().values(),
        Outcome=Outcome,
    )


def _first_quiet(views: Sequence[GuaranteeView]) -> int:
    """From which guarantee on they are folded together, as nothing of them is open; -1 where the list is short."""
    loud = sum(view.verdict.outcome > Outcome.CLEAN for view in views)
    return loud if len(views) > MOST_GUARANTEES and 1 < len(views) - loud < len(views) else -1


def _unknown(views: Sequence[GuaranteeView]) -> list[tuple[str, list[str]]]:
    """What the run did not show, and which guarantees are unknown for it, what most lack first."""
    found: dict[str, list[str]] = defaultdict(list)
    for view in views:
        if view.verdict.outcome is Outcome.UNKNOWN:
            found[view.lack].append(view.verdict.guarantee)
    return sorted(found.items(), key=lambda lack: -len(lack[1]))


def _owed(report: Report) -> dict[tuple[str, str], bool]:
    """Of each pair of fault and moment that what was run has to show: whether it was seen."""
    return {(pair.fault, pair.under_way): have > 0 for pair, have in owed(report).items()}


def _cause(report: Report, each: Told, limits: Limits, classes: Classes) -> CauseView:
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
        surest=surest(report, each),
        triggers=_few(triggers),
        lost=tuple(_lost(each, classes)),
        anomaly=classes.of(example.violation),
        logs=tuple(zip(times[steps:], logs, strict=True)),
        alone=tuple(_alone(report, traced, classes) for traced in chosen),
        rest=each.count - len(chosen) if not explained else 0,
    )


def _lost(each: Told, classes: Classes) -> Iterator[tuple[str, int, tuple[tuple[str, int], ...]]]:
    """What each guarantee lost: how often it was broken, and by which classes; nothing is left out."""
    for guarantee, count in each.cause.lost.items():
        found = (traced.violation for traced in each.cause.traced if traced.guarantee == guarantee)
        yield guarantee, count, tuple(classes.counts(found).most_common())


def _few(texts: Sequence[str]) -> str:
    """The first of them, with how many more there are."""
    more = len(texts) - MOST_KINDS
    return ", ".join(texts[:MOST_KINDS]) + (f" and {more} more" if more > 0 else "")


def _alone(report: Report, traced: Traced, classes: Classes) -> Shown:
    verdict = next(each for each in report.verdict.guarantees if each.guarantee == traced.guarantee)
    deviation = verdict.accepted.get(traced.violation, "")
    return _shown(report, verdict, traced.violation, deviation, classes.of(traced.violation), drawing=True)


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


def coded(text: str) -> Markup:
    """Text in which what stands between backticks is code; everything is escaped."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return Markup("{}").format(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else Markup("{}").format(piece)
        for at, piece in enumerate(pieces)
    )


def _rate(deviation: Deviation) -> str:
    """The rate that recorded runs showed, with its interval, and in how many runs of one scenario it came."""
    low, high = deviation.incidents.interval.low, deviation.incidents.interval.high
    often = deviation.incidents.often
    return (
        f"{amount(1000 * low)} to {amount(1000 * high)} incidents per 1,000 {PER[deviation.per].many}"
        f" ({deviation.incidents.events:,} in {deviation.incidents.runs:,} recorded scenarios)"
        + (f"; in {often.came} of {some(often.runs, 'run')} of {often.scenario}" if often else "")
    )


def _guarantees(report: Report, limits: Limits) -> list[GuaranteeView]:
    views = []
    room = limits.drawn
    names = Classes(report.verdict.causes)
    for verdict in sorted(report.verdict.guarantees, key=lambda each: -each.outcome):
        classes = []
        for anomaly in _classes(verdict, names, every=report.run.promises is None):
            row, used = _class(report, verdict, anomaly, names, limits=limits, room=room)
            room -= used
            classes.append(row)
        new = counted(names.counts(verdict.open_violations))
        views.append(GuaranteeView(verdict=verdict, classes=tuple(classes), new=new))
    order = {verdict.guarantee: index for index, verdict in enumerate(report.verdict.guarantees)}
    return sorted(views, key=lambda view: order[view.verdict.guarantee])


def _classes(verdict: Verdict, names: Classes, *, every: bool) -> list[str]:
    """The catalogue's classes and any other that was found: those with unlisted violations first, then listed.

    Unless `every`, only those that were found: the catalogue's are ways to break it that not each runtime has.
    """
    counts = names.counts(verdict.violations)
    unlisted = set(map(names.of, verdict.open_violations))
    known = dict.fromkeys([*(verdict.terms.classes if every else ()), *counts])
    return sorted(known, key=lambda anomaly: (anomaly not in unlisted, not counts.get(anomaly)))


def _class(
    report: Report, verdict: Verdict, anomaly: str, classes: Classes, *, limits: Limits, room: int
) -> tuple[ClassRow, int]:
    """The row of one class, and how many drawings it used of `room`."""
    names = verdict.accepted
    found = [violation for violation in verdict.violations if classes.of(violation) == anomaly]
    chosen = choose(found, names, limits.per_class)
    drawn = min(len(chosen), room)
    shown = [
        _shown(report, verdict, violation, names.get(violation, ""), anomaly, drawing=index < drawn)
        for index, violation in enumerate(chosen[: max(drawn, limits.listed)])
    ]
    opportunities = verdict.opportunities.get(UNEXPLAINED if anomaly == EXPLAINED else anomaly, 0)
    row = ClassRow(
        name=anomaly,
        count=len(found),
        accepted=sum(violation in names for violation in found),
        rate=f"{amount(100 * len(found) / opportunities)} % of {opportunities:,}" if opportunities else "",
        triggers=_few(
            [
                f"{'no fault' if kind == 'none' else kind} {n:,}x"
                for kind, n in Counter(v.trigger for v in found).most_common()
            ]
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


def _shown(
    report: Report, verdict: Verdict, violation: Violation, deviation: str, anomaly: str, *, drawing: bool
) -> Shown:
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


def _parts(report: Report, limits: Limits, frames: Mapping[str, Frames]) -> list[PartView]:
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
                facts=_counts(part),
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


def _counts(part: Part) -> str:
    outcomes = Counter(operation.outcome for operation in part.timeline.operations)
    said = [some(len(part.timeline.operations), "operation")]
    said += [f"{outcomes[word]:,} {word}" for word in ("ok", "info", "fail") if outcomes[word]]
    said += [some(len(part.timeline.turns), "turn"), some(len(part.timeline.turns_by_actor), "actor")]
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


def _moments(promises: Mapping[str, Promise] | None) -> list[UnderWay]:
    """What may be under way when a fault strikes, as far as the runtime promises what has it."""
    return [
        name for name in UNDER_WAY if promises is None or name not in FOR_A_PROMISE or FOR_A_PROMISE[name] in promises
    ]


def _topologies(report: Report) -> dict[str, list[str]]:
    """What was brought up, once each, and for which of several scenarios."""
    promises = report.run.promises
    found: dict[str, list[str]] = defaultdict(list)
    for name, topology in [(part.name, part.info.topology) for part in report.parts] or [("", report.run.topology)]:
        if topology is not None:
            found[_topology(topology, promises)] += [name] if len(report.parts) > 1 else []
    return found


def _topology(topology: Topology, promises: Mapping[str, Promise] | None) -> str:
    """What was brought up, as far as the runtime has such parts and promises."""
    drain = f"drain {amount(topology.drain_timeout_s, 's')}" if topology.drain_enabled else "drain off"
    # By what a part is for: nothing is said of it where nobody promises that.
    for_a_promise = {
        "placement": some(topology.placements, "placement replica"),
        "reminders": some(topology.schedulers, "scheduler"),
        "lifecycle": f"idle time-out {amount(topology.idle_timeout_s, 's')}",
        "drain": drain,
    }
    told = {name: text for name, text in for_a_promise.items() if promises is None or name in promises}
    said = [
        some(topology.hosts, "host") + (f" and {topology.spare_hosts} spare" if topology.spare_hosts else ""),
        *(told[name] for name in ("placement", "reminders") if name in told),
        topology.store,
        *([f"{topology.subject} subject"] if promises is None else []),
        "links through Toxiproxy" if topology.proxied else "no proxies",
        *(told[name] for name in ("lifecycle", "drain") if name in told),
    ]
    if topology.breakage:
        said.append(f"broken on purpose: {topology.breakage}")
    return " · ".join(said)
