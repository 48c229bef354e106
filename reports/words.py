"""Words: the verdict of a run as one plain sentence, and numbers, durations and texts as people read them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from actorproof.properties.verdict.outcome import Outcome, join
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.coverage import Pair, Struck
from actorproof.reports.report import Report

MOST_KINDS = 12


def runtime(report: Report) -> str:
    """The runtime with its version, and what was mixed into it: ``Dapr 1.18.2``."""
    name = report.run.runtime
    return f"{name[:1].upper()}{name[1:]} {report.run.release}"


def sentence(report: Report) -> str:
    """The verdict as one plain sentence, without a line break."""
    return "; ".join(clauses(report)) + "."


def clauses(report: Report) -> list[str]:
    """The verdict in clauses, the most important first: how many hold, then each group that does not."""
    by: dict[Outcome, list[Verdict]] = {each: [] for each in Outcome}
    for verdict in report.verdict.guarantees:
        by[verdict.outcome].append(verdict)
    total = sum(len(found) for each, found in by.items() if each is not Outcome.FIGURE)
    holds = len(by[Outcome.HOLDS])
    on = f"on {runtime(report)}"
    if not total:
        said = f"No guarantee was judged {on}"
    elif holds == total:
        said = f"All {total} guarantees hold {on}" if total > 1 else f"{_names(by[Outcome.HOLDS])} holds {on}"
    elif (clean := len(by[Outcome.CLEAN])) == total:
        said = f"No violation of {_names(by[Outcome.CLEAN])} in {plain(report.run.scenario)} {on}"
    elif total == 1:
        said = f"The one guarantee that was judged does not hold {on}"
    elif clean:
        said = f"{clean} of {total} guarantees {'shows' if clean == 1 else 'show'} no violation {on}"
    else:
        said = f"{holds or 'None'} of {total} guarantees {'holds' if holds == 1 else 'hold'} {on}"
    found_clauses = [said]
    for each, one, many in (
        (Outcome.VIOLATED, "is violated", "are violated"),
        (Outcome.ERROR, "could not be checked", "could not be checked"),
        (Outcome.UNKNOWN, "is unknown", "are unknown"),
        (Outcome.DEVIATES, "breaks only as listed", "break only as listed"),
    ):
        if found := by[each]:
            found_clauses.append(f"{len(found)} {one if len(found) == 1 else many}: {_names(found, each)}")
    return found_clauses + _whole(report)


def _names(found: Sequence[Verdict], each: Outcome = Outcome.HOLDS) -> str:
    named = []
    for verdict in found:
        name = verdict.guarantee
        if each is Outcome.VIOLATED and verdict.open_violations:
            counts = Counter(violation.anomaly for violation in verdict.open_violations).most_common()
            name += f" ({', '.join(f'{anomaly} {number}x' for anomaly, number in counts)})"
        named.append(name)
    return ", ".join(named)


def _whole(report: Report) -> list[str]:
    """What is wrong with the run as a whole, where the guarantees don't say it."""
    run = report.verdict
    found = []
    if unseen := [canary.guarantee for canary in run.canaries if not canary.seen]:
        found.append(f"nothing in this run counts as proved, since the canary of {', '.join(unseen)} was not seen")
    elif run.outcome is not join(verdict.outcome for verdict in run.guarantees):
        found.append(f"the run as a whole is {run.outcome.word}")
    if report.run.failure:
        found.append(f"the run broke off: {plain(report.run.failure)}")
    elif report.run.state != "complete":
        found.append(f"the run is {report.run.state}, not complete")
    return found


def covered(struck: Struck) -> str:
    """What was under way when one kind of fault struck: ``kill host (2x) with turn open 2x, save open 1x``."""
    found = [f"{name} {count}x" for name, count in struck.under_way.items() if count]
    return f"{struck.fault} ({struck.times}x) with {', '.join(found) or 'nothing under way'}"


def coverage(report: Report) -> list[str]:
    """What was under way when faults struck: of one scenario a line a kind of fault, of several a line in all."""
    run = report.verdict
    if not report.run.parts:
        found = [f"covers {covered(struck)}" for struck in run.coverage[:MOST_KINDS]]
        more = len(run.coverage) - MOST_KINDS
        return [*found, f"covers {more} more kinds of faults"] if more > 0 else found
    have: Counter[Pair] = Counter()
    for owed in [owed for verdict in run.guarantees for owed in verdict.owed]:
        have[owed.pair] = owed.have
    seen = sum(count > 0 for count in have.values())
    of_owed = f"; {seen} of {len(have)} owed pairs of fault and what was under way were seen" if have else ""
    times = sum(struck.times for struck in run.coverage)
    return [f"coverage: {len(run.coverage)} kinds of faults struck {times:,} times{of_owed}"] if times else []


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
