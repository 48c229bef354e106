"""Words: the verdict of a run as one plain sentence, and numbers, durations and texts as people read them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from actorproof.plural import some
from actorproof.properties.verdict.outcome import Outcome, join
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.coverage import Pair, Struck
from actorproof.reports.report import Report

MOST_KINDS = 12
MOST_CHARACTERS = 10_000
LONGEST_SYMBOL = 2
"""Units that are longer are words, which have a plural."""
CLAUSE = re.compile(r"; | \(|: (?=known cause )")
WORDS: Mapping[Outcome, str] = {
    Outcome.VIOLATED: "violated",
    Outcome.ERROR: "error",
    Outcome.UNKNOWN: "undecided",
    Outcome.DEVIATES: "known violations",
    Outcome.CLEAN: "no violation",
    Outcome.HOLDS: "holds",
    Outcome.FIGURE: "figures only",
}
"""An outcome as readers are told it."""


def runtime(report: Report) -> str:
    """The runtime with its version, and what was mixed into it: ``Dapr 1.18.2``."""
    name = report.run.runtime
    return f"{name[:1].upper()}{name[1:]} {report.run.release}"


def sentence(report: Report) -> str:
    """The verdict as one plain sentence, without a line break: the runtime, what breaks, what is new, what holds."""
    return f"{runtime(report)}: {answer(report)}"


def answer(report: Report) -> str:
    """The verdict in a few words: ``9 of 19 guarantees break in known ways; nothing new; 9 hold, 1 undecided.``"""
    return "; ".join([*_answer(report), *_whole(report)]) + "."


def clauses(report: Report) -> list[str]:
    """The sentence, and then which guarantees are meant: new, not checked, undecided, known."""
    by = _by_outcome(report)
    found = [sentence(report).rstrip(".")]
    for each, said in (
        (Outcome.VIOLATED, "in new ways"),
        (Outcome.ERROR, "could not be checked"),
        (Outcome.UNKNOWN, "undecided"),
        (Outcome.DEVIATES, "in known ways"),
    ):
        if by[each] and len(report.verdict.guarantees) > 1:
            found.append(f"{said}: {_names(by[each], each)}")
    return found


def _by_outcome(report: Report) -> dict[Outcome, list[Verdict]]:
    by: dict[Outcome, list[Verdict]] = {each: [] for each in Outcome}
    for verdict in report.verdict.guarantees:
        by[verdict.outcome].append(verdict)
    return by


def _answer(report: Report) -> list[str]:
    """What breaks and whether that is new, then how many do not."""
    by = _by_outcome(report)
    judged = [verdict for verdict in report.verdict.guarantees if verdict.outcome is not Outcome.FIGURE]
    if not judged:
        return ["no guarantee was judged"]
    if len(judged) == 1:
        return _single(report, judged[0])
    counts = {each: len(found) for each, found in by.items()}
    new, known, clean = counts[Outcome.VIOLATED], counts[Outcome.DEVIATES], counts[Outcome.CLEAN]
    total = len(judged)
    if clean == total:
        return [f"no violation of {_names(judged)} in {plain(report.run.scenario)}"]
    if counts[Outcome.HOLDS] == total:
        return [f"all {total} guarantees hold"]
    rest = [
        f"{count} {said}"
        for count, said in (
            (counts[Outcome.HOLDS], "holds" if counts[Outcome.HOLDS] == 1 else "hold"),
            (clean, "shows no violation" if clean == 1 else "show no violation"),
            (counts[Outcome.UNKNOWN], _undecided(by[Outcome.UNKNOWN])),
            (counts[Outcome.ERROR], "not checked"),
        )
        if count
    ]
    if not new and not known:
        first, *rest = rest
        number, _, verb = first.partition(" ")
        said = [f"{number} of {total} guarantees {verb}"]
    else:
        breaks = "breaks" if (new or known) == 1 else "break"
        said = [f"{new or known} of {total} guarantees {breaks} in {'new' if new else 'known'} ways"]
    if new:
        said[0] += f" ({', '.join(verdict.guarantee for verdict in by[Outcome.VIOLATED])})"
        said += [f"{known} in known ways"] if known else []
    elif known and not counts[Outcome.ERROR]:
        said.append("nothing new")
    return [*said, ", ".join(rest)] if rest else said


def _undecided(found: Sequence[Verdict]) -> str:
    """That guarantees are undecided, and of how many of them violations are known all the same."""
    known = sum(bool(verdict.accepted) for verdict in found)
    if not known:
        return "undecided"
    whose = "" if known == len(found) else f"{known} of them "
    return f"undecided ({whose}with known violations)"


def _single(report: Report, verdict: Verdict) -> list[str]:
    name = verdict.guarantee
    match verdict.outcome:
        case Outcome.VIOLATED:
            return [f"{_names([verdict], Outcome.VIOLATED)} breaks in new ways"]
        case Outcome.DEVIATES:
            return [f"{name} breaks in known ways", "nothing new"]
        case Outcome.CLEAN:
            return [f"no violation of {name} in {plain(report.run.scenario)}"]
        case Outcome.HOLDS:
            return [f"{name} holds"]
        case Outcome.ERROR:
            return [f"{name} could not be checked"]
        case _:
            return [f"{name} is undecided"]


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
        found.append(f"the run as a whole counts as {run.outcome.word}")
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
        return [*found, f"covers {some(more, 'more kind')} of faults"] if more > 0 else found
    have: Counter[Pair] = Counter()
    for owed in [owed for verdict in run.guarantees for owed in verdict.owed]:
        have[owed.pair] = owed.have
    seen = sum(count > 0 for count in have.values())
    of_owed = f"; {seen} of {len(have)} owed pairs of fault and moment were seen" if have else ""
    times = sum(struck.times for struck in run.coverage)
    return (
        [f"coverage: {some(len(run.coverage), 'kind')} of faults struck {some(times, 'time')}{of_owed}"]
        if times
        else []
    )


def plain(text: str, *, limit: int = 300) -> str:
    """Text on one line, without control characters, cut at `limit` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def whole(text: str, *, limit: int) -> str:
    """Text on one line; where it is longer than `limit`, as many of its clauses as there is room for, none of them cut.

    A first clause that is longer by itself is cut between words, and says so by its end.
    """
    line = plain(text, limit=MOST_CHARACTERS)
    if len(line) <= limit:
        return line
    ends = [found.start() for found in CLAUSE.finditer(line, 1, limit + 1)]
    return line[: ends[-1]] if ends else f"{line[:limit].rpartition(' ')[0] or line[: limit - 1]}…"


def amount(value: float, unit: str = "") -> str:
    """A number as people read it: three digits that matter, thousands apart, with its unit: ``1 call``, ``2 calls``."""
    if not math.isfinite(value):
        return "none"
    if value == 1 and len(unit) > LONGEST_SYMBOL:
        unit = unit.removesuffix("s")
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
