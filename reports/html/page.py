"""Page: a report as the text of report.html.

What is shown is limited so that the file stays under MOST_BYTES: curves are cut into fewer intervals, and violations
and faults beyond a number are counted instead. Limits tighten step by step until it fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from actorproof.durations import spell
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history.events import UNDER_WAY, UnderWay
from actorproof.harness.history.info import Promise
from actorproof.plural import some
from actorproof.properties.verdict.baseline import PER
from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports import claims
from actorproof.reports.advice import advice
from actorproof.reports.anomalies import anomalies
from actorproof.reports.frames.frames import Frames
from actorproof.reports.html.glossary import glossary
from actorproof.reports.html.limits import STEPS, Limits
from actorproof.reports.html.sections.causes import cause
from actorproof.reports.html.sections.guarantees import GuaranteeView, guarantees
from actorproof.reports.html.sections.parts import parts
from actorproof.reports.html.sections.topologies import topologies
from actorproof.reports.html.templating import coded, linked, templates
from actorproof.reports.report import Report, replay
from actorproof.reports.told import MOST_CAUSES, MOST_REASONS, headline, laid, more, told
from actorproof.reports.upstream import known
from actorproof.reports.words import (
    REFUSABLE,
    WORDS,
    amount,
    clauses,
    combinations,
    owed,
    plain,
    runtime,
    sourced,
)

MOST_BYTES = 1_000_000
SHIPPED = 4_000
"""Characters of a text that is shipped, at most: tests hold claims and deviations to less."""
MOST_PARTS = 8
# What may be under way, by the guarantee that a runtime has to promise for it.
FOR_A_PROMISE: Mapping[UnderWay, str] = {
    "actor idle": "lifecycle",
    "table changing": "placement",
    "tick due": "reminders",
    "drain": "drain",
}
MOST_GUARANTEES = 10


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
    views = guarantees(report, limits)
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
        glossary=glossary(),
        meant=sorted({row.name for view in views for row in view.classes if row.name in anomalies()}),
        causes=[cause(report, each, limits, classes) for each in causes],
        standings={name: match.standing for name, match in matches.items()},
        most_causes=MOST_CAUSES,
        more=more(causes[MOST_CAUSES:]) if len(causes) > MOST_CAUSES else "",
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
        parts=parts(report, limits, frames),
        seeds=", ".join(str(seed) for seed in dict.fromkeys([report.run.seed, *(p.info.seed for p in report.parts)])),
        facts=topologies(report),
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
    return sorted(found.items(), key=lambda reason: -len(reason[1]))


def _owed(report: Report) -> dict[tuple[str, str], bool]:
    """Of each pair of fault and moment that what was run has to show: whether it was seen."""
    return {(pair.fault, pair.under_way): have > 0 for pair, have in owed(report).items()}


def _rate(deviation: Deviation) -> str:
    """The rate that recorded runs showed, with its interval, and in how many runs of one scenario it came."""
    low, high = deviation.incidents.interval.low, deviation.incidents.interval.high
    often = deviation.incidents.often
    return (
        f"{amount(1000 * low)} to {amount(1000 * high)} incidents per 1,000 {PER[deviation.per].many}"
        f" ({deviation.incidents.events:,} in {deviation.incidents.runs:,} recorded scenarios)"
        + (f"; in {often.came} of {some(often.runs, 'run')} of {often.scenario}" if often else "")
    )


def _moments(promises: Mapping[str, Promise] | None) -> list[UnderWay]:
    """What may be under way when a fault strikes, as far as the runtime promises what has it."""
    return [
        name for name in UNDER_WAY if promises is None or name not in FOR_A_PROMISE or FOR_A_PROMISE[name] in promises
    ]
