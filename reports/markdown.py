"""summary.md: the verdict for a CI job's page, in at most MOST_LINES lines. The first line says it all.

Causes stand before guarantees; the details are in report.html and verdicts.json.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from actorproof.plural import some
from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.advice import advice
from actorproof.reports.report import Report, replay
from actorproof.reports.told import (
    MOST_CAUSES,
    MOST_PROBLEMS,
    MOST_REASONS,
    Told,
    counted,
    headline,
    laid,
    more,
    told,
)
from actorproof.reports.words import WORDS, capital, coverage, plain, refused, runtime, sentence

SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
ADDRESS = re.compile(r"(https?://[^\s<>]+)")
MOST_LINES = 40
FEWEST = 10
MOST_ROWS = 14


def render(report: Report) -> str:
    """The text of summary.md, at most MOST_LINES lines, with a line break at its end."""
    causes = told(report)
    first = [f"**{report.verdict.outcome.sign} {escaped(sentence(report), limit=2000)}**", ""]
    rest = [
        *_guarantees(report),
        *_advice(report),
        *_canaries(report),
        *_listed("Problem with the history", report.verdict.problems),
        *_listed("Not done as planned", report.trouble),
        *([f"{escaped(capital(said))}.", ""] if (said := refused(report)) else []),
        *_listed("Not promised by this runtime", (", ".join(report.unpromised),) if report.unpromised else ()),
        *_coverage(report),
        *_facts(report),
    ]
    room = MOST_LINES - len(first) - len(rest)
    lines = [*first, *_causes(report, causes, max(room, FEWEST)), *rest]
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str, *, limit: int = 300) -> str:
    """Text that means nothing to Markdown; web addresses stay whole, so that they become links."""
    pieces = ADDRESS.split(plain(text, limit=limit))
    return "".join(
        piece.replace("|", "%7C") if index % 2 else SPECIAL.sub(r"\\\1", piece) for index, piece in enumerate(pieces)
    )


def _code(text: str) -> str:
    """A code span around any text: its fence is longer than any run of backticks within."""
    line = plain(text, limit=1000).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"| {' | '.join('---' for _ in heads)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _causes(report: Report, causes: Sequence[Told], room: int) -> list[str]:
    """The headline, a row a cause, so many as there is room for, and the first one's example."""
    heading = escaped(headline(causes))
    if not causes:
        return [f"{capital(heading)}.", ""]
    fixed = 9
    most = min(max(room - fixed, 1), MOST_CAUSES)
    rows = [
        [
            *(f"{each.count:,}", escaped(each.heading), f"{each.cause.incidents:,}", escaped(each.lost)),
            *(each.standing, each.upstream),
        ]
        for each in causes[:most]
    ]
    if left := causes[most:]:
        count = sum(each.count for each in left)
        rows.append([f"{count:,}", f"{escaped(more(left))}, see report.html", "", "", "", ""])
    example = causes[0].example.violation
    where = f"{causes[0].example.part or report.run.scenario} at {report.at_s(example):.2f} s"
    whose = laid(report, causes)
    return [
        f"{capital(heading)}." + (f" {capital(escaped(whose))}." if whose else ""),
        "",
        *_table(["violations", "cause", "incidents", "what was broken", "known", "upstream"], rows),
        f"First: {_code(example.actor)} {escaped(example.summary, limit=400)} ({escaped(where)}).",
        f"See the cause again, there where it came most often: {_code(report.command_of(example))}",
        "",
    ]


def _guarantees(report: Report) -> list[str]:
    """A row for each guarantee that does not hold; those that hold share one, and so do figures."""
    classes = Classes(report.verdict.causes)
    rows = []
    quiet: dict[Outcome, list[str]] = defaultdict(list)
    for verdict in sorted(report.verdict.guarantees, key=lambda each: -each.outcome):
        title = f"{escaped(verdict.terms.title)} ({escaped(verdict.guarantee)})"
        if verdict.outcome <= Outcome.CLEAN and not verdict.notes and not verdict.deviations:
            quiet[verdict.outcome].append(title)
            continue
        listed = len(verdict.accepted)
        count = f"{len(verdict.violations):,}" + (f" ({listed:,} known)" if listed else "")
        rows.append([title, f"{verdict.outcome.sign} {WORDS[verdict.outcome]}", count, _why(verdict, classes)])
    if rest := rows[MOST_ROWS:]:
        rows = [*rows[:MOST_ROWS], [", ".join(row[0] for row in rest), "", "", "see report.html"]]
    rows += [[", ".join(titles), f"{outcome.sign} {WORDS[outcome]}", "0", ""] for outcome, titles in quiet.items()]
    return _table(["guarantee", "outcome", "violations", "why"], rows)


def _why(verdict: Verdict, classes: Classes) -> str:
    """Classes that are new, what is missing, what exceeds its rate, and what is known and was not seen."""
    said = [counted(classes.counts(verdict.open_violations))] if verdict.open_violations else []
    said += [f"the checker failed: {verdict.fault}"] if verdict.fault else []
    said += list(verdict.notes)
    if not verdict.outcome.holds:
        said += verdict.missing[:MOST_REASONS]
        if (more := len(verdict.missing) - MOST_REASONS) > 0:
            said.append(some(more, "more reason"))
    said += [f"{m.doubtful:,} in doubt ({m.deviation.mechanism})" for m in verdict.deviations if m.doubts]
    if gone := sum(not match.violations and not match.doubts for match in verdict.deviations):
        said.append(f"{some(gone, 'known deviation')} not seen in this run")
    return "; ".join(escaped(text) for text in said)


def _advice(report: Report) -> list[str]:
    said = [f"{escaped(capital(each.sentence))}: {_code(each.command)}" for each in advice(report)]
    return [line for each in said for line in (each, "")]


def _coverage(report: Report) -> list[str]:
    lines = [f"- {escaped(line)}" for line in coverage(report)]
    return [*lines, ""] if lines else []


def _canaries(report: Report) -> list[str]:
    unseen = [canary for canary in report.verdict.canaries if not canary.seen]
    if not unseen:
        return []
    named = "; ".join(f"{escaped(canary.guarantee)}: {escaped(canary.detail)}" for canary in unseen)
    return [f"**Nothing in this run holds**, since a canary was not seen: {named}", ""]


def _listed(name: str, texts: Sequence[str]) -> list[str]:
    """The first of them in a line, with how many more there are."""
    if not texts:
        return []
    more = f" (and {len(texts) - MOST_PROBLEMS:,} more)" if len(texts) > MOST_PROBLEMS else ""
    return [f"{name}: {'; '.join(map(escaped, texts[:MOST_PROBLEMS]))}{more}", ""]


def _facts(report: Report) -> list[str]:
    run = report.run
    programs = ", ".join(f"{escaped(program.name)} {escaped(program.version)}" for program in run.programs)
    store = f", store {escaped(run.store)}" if run.store else ""
    rows = [
        ["runtime", escaped(runtime(report)) + (f" ({programs})" if programs else "")],
        ["run again", _code(replay(run))],
        ["scenarios", ", ".join(escaped(part.name) for part in report.parts) or escaped(run.scenario)],
        ["profile", f"{escaped(run.profile)}, fault rate {escaped(run.fault_rate)}, {escaped(run.driver)}{store}"],
        ["Actorproof", f"{escaped(run.actorproof)}, seed {run.seed}, run {escaped(run.run)}"],
    ]
    return _table(["what", "value"], rows)
