"""Standing: how a guarantee is shown to people, and the run's verdict as one plain sentence.

An outcome alone would show a guarantee whose only violations are listed deviations as holding. People are told so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from actorproof.properties.verdict.judgement import Judged, Judgement
from actorproof.properties.verdict.verdict import Outcome, join
from actorproof.reports.report import Report


class Standing(StrEnum):
    """Worst first. ``figure`` is a guarantee with nothing to judge: no class and no threshold."""

    VIOLATED = "violated"
    ERROR = "error"
    UNKNOWN = "unknown"
    DEVIATES = "deviates"
    HOLDS = "holds"
    FIGURE = "figure"

    @property
    def sign(self) -> str:
        """One character, so that colour is never the only carrier."""
        return SIGNS[self]


SIGNS = {
    Standing.VIOLATED: "✗",
    Standing.ERROR: "!",
    Standing.UNKNOWN: "?",
    Standing.DEVIATES: "≈",
    Standing.HOLDS: "✓",
    Standing.FIGURE: "#",
}


def standing(judged: Judged) -> Standing:
    """How one guarantee stands."""
    if judged.outcome is not Outcome.HOLDS:
        return Standing(judged.outcome.word)
    if any(match.violations for match in judged.deviations):
        return Standing.DEVIATES
    if not judged.terms.classes and not judged.terms.thresholds:
        return Standing.FIGURE
    return Standing.HOLDS


def overall(judgement: Judgement) -> Standing:
    """How the run stands: its outcome, and ``deviates`` when it holds only by its deviations."""
    if judgement.outcome is not Outcome.HOLDS:
        return Standing(judgement.outcome.word)
    deviates = any(standing(judged) is Standing.DEVIATES for judged in judgement.guarantees)
    return Standing.DEVIATES if deviates else Standing.HOLDS


def runtime(report: Report) -> str:
    """The runtime with its version: ``Dapr 1.18.2``."""
    name = report.run.runtime
    return f"{name[:1].upper()}{name[1:]} {report.run.version}"


def sentence(report: Report) -> str:
    """The verdict as one plain sentence, without a line break."""
    return "; ".join(clauses(report)) + "."


def clauses(report: Report) -> list[str]:
    """The verdict in clauses, the most important first: how many hold, then each group that does not."""
    by: dict[Standing, list[Judged]] = {each: [] for each in Standing}
    for judged in report.judgement.guarantees:
        by[standing(judged)].append(judged)
    total = sum(len(found) for each, found in by.items() if each is not Standing.FIGURE)
    holds = len(by[Standing.HOLDS])
    on = f"on {runtime(report)}"
    if not total:
        said = f"No guarantee was judged {on}"
    elif holds == total:
        said = f"All {total} guarantees hold {on}" if total > 1 else f"{_names(by[Standing.HOLDS])} holds {on}"
    elif total == 1:
        said = f"The one guarantee that was judged does not hold {on}"
    else:
        said = f"{holds or 'None'} of {total} guarantees {'holds' if holds == 1 else 'hold'} {on}"
    found_clauses = [said]
    for each, one, many in (
        (Standing.VIOLATED, "is violated", "are violated"),
        (Standing.ERROR, "could not be checked", "could not be checked"),
        (Standing.UNKNOWN, "is unknown", "are unknown"),
        (Standing.DEVIATES, "breaks only as listed", "break only as listed"),
    ):
        if found := by[each]:
            found_clauses.append(f"{len(found)} {one if len(found) == 1 else many}: {_names(found, each)}")
    return found_clauses + _whole(report)


def _names(found: Sequence[Judged], each: Standing = Standing.HOLDS) -> str:
    named = []
    for judged in found:
        name = judged.terms.guarantee
        if each is Standing.VIOLATED and judged.open_violations:
            counts = Counter(violation.anomaly for violation in judged.open_violations).most_common()
            name += f" ({', '.join(f'{anomaly} {number}x' for anomaly, number in counts)})"
        named.append(name)
    return ", ".join(named)


def _whole(report: Report) -> list[str]:
    """What is wrong with the run as a whole, where the guarantees don't say it."""
    judgement = report.judgement
    found = []
    if unseen := [word.guarantee for word in judgement.canaries if not word.red]:
        found.append(f"nothing in this run counts as proved, since the canary of {', '.join(unseen)} was not seen")
    elif judgement.outcome is not join(judged.outcome for judged in judgement.guarantees):
        found.append(f"the run as a whole is {judgement.outcome.word}")
    if report.run.failure:
        found.append(f"the run broke off: {plain(report.run.failure)}")
    elif report.run.state != "complete":
        found.append(f"the run is {report.run.state}, not complete")
    return found


def plain(text: str, *, limit: int = 300) -> str:
    """Text on one line, without control characters, cut at `limit` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def amount(value: float, unit: str = "") -> str:
    """A number as people read it: three digits that matter, thousands apart, with its unit."""
    if not math.isfinite(value):
        return "none"
    whole = float(value).is_integer() or abs(value) >= 1000  # noqa: PLR2004 - from here on decimals say nothing
    text = f"{value:,.0f}" if whole else f"{value:.3g}"
    return f"{text} {unit}".strip()


def spell(duration_s: float) -> str:
    """A duration as people say it: ``45 s``, ``3 min 20 s``, ``1 h 5 min``."""
    whole = round(duration_s)
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    return f"{seconds} s" if whole or not duration_s else f"{duration_s:.2g} s"
