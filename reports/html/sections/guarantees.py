"""Guarantees: the section of each on the page, with its classes and the violations that are shown of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from actorproof.plural import some
from actorproof.properties.causes.cause import UNEXPLAINED
from actorproof.properties.verdict.classes import EXPLAINED, Classes
from actorproof.properties.verdict.findings import Figure
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.html.limits import Limits
from actorproof.reports.html.violations import Shown, choose, few, shown
from actorproof.reports.report import Report
from actorproof.reports.told import counted
from actorproof.reports.words import amount, lack, whole

MS_PER_S = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of a guarantee: its counts, and the violations of it that are shown.

    `opportunities` is how often the run gave it a chance; 0 where it was not tried.
    """

    name: str
    count: int
    accepted: int
    opportunities: int
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
        long = any(each.unit == "s" or (each.unit == "ms" and abs(each.value) >= MS_PER_S) for each in figures)
        return [
            replace(each, value=each.value / MS_PER_S, unit="s") if long and each.unit == "ms" else each
            for each in figures
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
                doubtful = sum(match.doubtful for match in verdict.deviations)
                said = f"{some(count, 'violation')}, {'known' if count == 1 else 'all known'}"
                return f"{said}; {doubtful:,} in doubt" if doubtful else said
            case Outcome.HOLDS | Outcome.CLEAN:
                met = sum(evidence.enough for evidence in verdict.evidence)
                said = f"{met} of {len(verdict.evidence)} kinds of evidence seen" if verdict.evidence else ""
                untried = few([row.name for row in self.classes if not row.count and not row.opportunities])
                return "; ".join(filter(None, (said, untried and f"not tried: {untried}")))
            case _:
                return some(len(verdict.figures), "figure")


def guarantees(report: Report, limits: Limits) -> list[GuaranteeView]:
    """Every guarantee in the report's order; drawings go to those with the worst outcome first."""
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
    drawings = [
        shown(report, verdict, violation, names.get(violation, ""), anomaly, drawing=index < drawn)
        for index, violation in enumerate(chosen[: max(drawn, limits.listed)])
    ]
    opportunities = verdict.opportunities.get(UNEXPLAINED if anomaly == EXPLAINED else anomaly, 0)
    row = ClassRow(
        name=anomaly,
        count=len(found),
        accepted=sum(violation in names for violation in found),
        opportunities=opportunities,
        rate=f"{amount(100 * len(found) / opportunities)} % of {opportunities:,}" if opportunities else "",
        triggers=few(
            [
                f"{'no fault' if kind == 'none' else kind} {n:,}x"
                for kind, n in Counter(v.trigger for v in found).most_common()
            ]
        ),
        shown=tuple(drawings),
        rest=len(found) - len(drawings),
    )
    return row, drawn
