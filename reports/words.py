"""Words: the verdict of a run as one plain sentence, and numbers, durations and texts as people read them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from actorproof.harness.history.events import Action
from actorproof.harness.runtimes.registry import title
from actorproof.plural import some
from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.coverage import Pair, Struck
from actorproof.reports.report import Report
from actorproof.reports.told import counted

MOST_KINDS = 12
MOST_NAMES = 4
LONGEST_LACK = 110
MOST_CHARACTERS = 10_000
LONGEST_SYMBOL = 2
"""Units that are longer are words, which have a plural."""
CLAUSE = re.compile(r"; | \(|: (?=known cause )")
SOURCES: Mapping[str, str] = {
    "[D]": "Dapr's documentation:",
    "[S]": "what users are told:",
    "[I]": "implied by",
}
"""A kind of source, by its mark in the catalogue."""
SOURCE = re.compile("|".join(map(re.escape, SOURCES)))
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
REFUSABLE: Mapping[Action, str] = {
    "call": "call",
    "register-reminder": "reminder",
    "unregister-reminder": "end of a reminder",
    "register-timer": "timer",
    "unregister-timer": "end of a timer",
}
"""What was asked for where the runtime refused it, as readers are told it."""


def runtime(report: Report) -> str:
    """The runtime with its version, and what was mixed into it: ``Dapr 1.18.2``, ``the simulated runtime 1.18.2``."""
    return f"{title(report.run.runtime)} {report.run.release}"


def capital(text: str) -> str:
    """A text as a sentence begins: its first letter is a capital."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(report: Report) -> str:
    """The verdict in one plain sentence without a line break, which begins with it: then what breaks, what holds.

    ``Undecided: too little was seen of drain on Dapr 1.18.2 (joins with turns open: 2 seen, 5 needed); 18 hold.``
    """
    return "; ".join([*_answer(report), *_whole(report)]) + "."


def clauses(report: Report) -> list[str]:
    """The sentence, and then which guarantees are meant: new, not checked, undecided, known."""
    by = _by_outcome(report)
    found = [sentence(report).rstrip(".")]
    for each, said in (
        (Outcome.VIOLATED, "broken in new ways"),
        (Outcome.ERROR, "could not be checked"),
        (Outcome.UNKNOWN, "undecided"),
        (Outcome.DEVIATES, "broken in known ways"),
    ):
        told = each is Outcome.UNKNOWN and each is report.verdict.outcome and len(by[each]) <= MOST_NAMES
        if by[each] and len(report.verdict.guarantees) > 1 and not told:
            found.append(f"{said}: {_names(report, by[each], each)}")
    return found


def _by_outcome(report: Report) -> dict[Outcome, list[Verdict]]:
    by: dict[Outcome, list[Verdict]] = {each: [] for each in Outcome}
    for verdict in report.verdict.guarantees:
        by[verdict.outcome].append(verdict)
    return by


def _answer(report: Report) -> list[str]:
    """The verdict with what it is about, then what breaks besides and whether that is new, then how many do not."""
    by = _by_outcome(report)
    judged = [verdict for verdict in report.verdict.guarantees if verdict.outcome is not Outcome.FIGURE]
    if not judged:
        return [f"No guarantee was judged on {runtime(report)}"]
    worst = report.verdict.outcome
    counts = {each: len(found) for each, found in by.items()}
    known, new = counts[Outcome.DEVIATES], counts[Outcome.VIOLATED]
    said = [_verdict(report, judged)]
    if known and worst is not Outcome.DEVIATES:
        broken = f"{some(known, 'guarantee')} {'breaks' if known == 1 else 'break'}"
        said.append(f"{known if new else broken} in known ways")
    if (known or any(verdict.accepted for verdict in judged)) and not new and not counts[Outcome.ERROR]:
        said.append("nothing new")
    rest = [
        f"{counts[each]} {word}"
        for each, word in (
            (Outcome.HOLDS, "holds" if counts[Outcome.HOLDS] == 1 else "hold"),
            (Outcome.CLEAN, "shows no violation" if counts[Outcome.CLEAN] == 1 else "show no violation"),
            (Outcome.UNKNOWN, f"undecided{_known(by[Outcome.UNKNOWN])}"),
            (Outcome.ERROR, "not checked"),
        )
        if counts[each] and each is not worst
    ]
    return [*said, ", ".join(rest)] if rest else said


def _verdict(report: Report, judged: Sequence[Verdict]) -> str:
    """The verdict of the run in its word, and how many guarantees it is about; of a single one its name."""
    worst = report.verdict.outcome
    named = capital(WORDS[worst])
    found = [verdict for verdict in judged if verdict.outcome is worst]
    if not found:
        why = "contradicts itself" if report.verdict.contradictory else "does not show what a canary did"
        return f"{named}: the history of {runtime(report)} {why}"
    if worst is Outcome.CLEAN and len(found) == len(judged):
        return f"{named} of {_names(report, found)} in {plain(report.run.scenario)} on {runtime(report)}"
    if worst is Outcome.UNKNOWN:
        return f"{named}: {_undecided(report, found, judged=len(judged))}"
    if len(judged) == 1:
        of = f"{_names(report, found, worst)} on {runtime(report)}"
    else:
        number = f"all {len(judged)}" if len(found) == len(judged) else f"{len(found)} of the {len(judged)}"
        of = f"{number} guarantees of {runtime(report)}"
    match worst:
        case Outcome.VIOLATED:
            which = f" ({', '.join(verdict.guarantee for verdict in found)})" if len(judged) > 1 else ""
            return f"{named} in new ways: {of}{which}"
        case Outcome.ERROR:
            return f"{named}: {of} could not be checked"
        case _:
            return f"{named}: {of}"


def _undecided(report: Report, found: Sequence[Verdict], *, judged: int) -> str:
    """Which guarantees could not be decided, what they lack first of all, and whether violations of them are known."""
    said = [lack(found)] if any(verdict.missing for verdict in found) else []
    if len(found) == 1:
        of = f"{found[0].guarantee} on {runtime(report)}"
    else:
        number = f"all {judged}" if len(found) == judged else f"{len(found)} of the {judged}"
        of = f"{number} guarantees of {runtime(report)}"
        names = [", ".join(each.guarantee for each in found)] if len(found) <= MOST_NAMES else []
        said = [", ".join([*names, *(f"such as {each}" for each in said)])]
    known = _known(found).removeprefix(" (").removesuffix(")")
    beside = "; ".join([*said, *([known] if known else [])])
    scarce = all(verdict.scarce for verdict in found)
    return f"too little was seen of {of} ({beside})" if scarce else f"{of} can't be decided ({beside})"


def lack(undecided: Sequence[Verdict]) -> str:
    """Why guarantees are undecided: the reason that most of them have, and the first of one."""
    reasons = Counter(reason for verdict in undecided for reason in verdict.missing)
    return whole(reasons.most_common(1)[0][0] if reasons else "too little was seen", limit=LONGEST_LACK)


def _known(undecided: Sequence[Verdict]) -> str:
    """Of how many undecided guarantees violations are known all the same."""
    known = sum(bool(verdict.accepted) for verdict in undecided)
    if not known:
        return ""
    whose = "" if known == len(undecided) else f"{known} of them "
    return f" ({whose}with known violations)"


def _names(report: Report, found: Sequence[Verdict], each: Outcome = Outcome.HOLDS) -> str:
    classes = Classes(report.verdict.causes)
    named = []
    for verdict in found:
        name = verdict.guarantee
        if each is Outcome.VIOLATED and verdict.open_violations:
            name += f" ({counted(classes.counts(verdict.open_violations))})"
        named.append(name)
    return ", ".join(named)


def _whole(report: Report) -> list[str]:
    """What is wrong with the run as a whole, where the guarantees don't say it."""
    run = report.verdict
    found = []
    if unseen := [canary.guarantee for canary in run.canaries if not canary.seen]:
        found.append(f"nothing in this run counts as proved, since the canary of {', '.join(unseen)} was not seen")
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
    times = sum(struck.times for struck in run.coverage)
    if not times:
        return []
    said = f"coverage: {some(len(run.coverage), 'kind of fault', 'kinds of faults')} struck {some(times, 'time')}"
    tried = combinations(owed(report), of="profile")
    return [f"{said}; {tried}" if tried else said]


def owed(report: Report) -> dict[Pair, int]:
    """The pairs of fault and moment that what was run has to show, and how often each was seen."""
    return {each.pair: each.have for verdict in report.verdict.guarantees for each in verdict.owed}


def combinations(have: Mapping[Pair, int], *, of: str) -> str:
    """How many of the pairs that were to be tried were seen, in words that need no explanation; none, nothing."""
    if not have:
        return ""
    seen = sum(count > 0 for count in have.values())
    what = f"combinations of fault and moment that this {of} has to try"
    return f"all {len(have)} {what} were seen" if seen == len(have) else f"{seen} of the {len(have)} {what} were seen"


def refused(report: Report) -> str:
    """How many inputs the runtime refused, by kind, in a line; none, nothing.

    ``the runtime refused 3 inputs, so nothing of them was done: 2 calls, 1 reminder``
    """
    if not report.refused:
        return ""
    counts = Counter(REFUSABLE[each.action] for each in report.refused)
    said = ", ".join(some(count, what) for what, count in counts.most_common())
    them = "it" if len(report.refused) == 1 else "them"
    return f"the runtime refused {some(len(report.refused), 'input')}, so nothing of {them} was done: {said}"


def sourced(source: str) -> str:
    """Where a promise stands, its kind of source in words: ``Dapr's documentation: Actor reentrancy``."""
    return SOURCE.sub(lambda found: SOURCES[found.group()], source)


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
        unit = unit.removesuffix("es" if unit.endswith("sses") else "s")
    whole = float(value).is_integer() or abs(value) >= 1000  # noqa: PLR2004 - from here on decimals say nothing
    text = f"{value:,.0f}" if whole else f"{value:.3g}"
    return f"{text} {unit}".strip()
