"""summary.md: the verdict for a CI job's page. The first line says it all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from actorproof.properties.verdict.deviation import DeviationMatch
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.report import Report, replay
from actorproof.reports.words import amount, plain, runtime, sentence

SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
ADDRESS = re.compile(r"(https?://[^\s<>]+)")
MOST_PROBLEMS = 20


def render(report: Report) -> str:
    """The text of summary.md, with a line break at its end."""
    lines = [f"**{report.verdict.outcome.sign} {escaped(sentence(report), limit=2000)}**", ""]
    lines += _guarantees(report)
    lines += _violations(report)
    lines += _missing(report)
    lines += _deviations(report)
    lines += _canaries(report)
    lines += _listed("Problems with the history", report.verdict.problems)
    lines += _listed("What the harness could not do", report.trouble)
    lines += _facts(report)
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


def _guarantees(report: Report) -> list[str]:
    rows = []
    for verdict in report.verdict.guarantees:
        met = (
            f"{sum(e.enough for e in verdict.evidence)} of {len(verdict.evidence)}"
            if verdict.evidence
            else "none asked"
        )
        listed = len(verdict.accepted)
        count = f"{len(verdict.violations):,}" + (f" ({listed:,} listed)" if listed else "")
        title = f"{escaped(verdict.terms.title)} ({escaped(verdict.guarantee)})"
        rows.append([title, f"{verdict.outcome.sign} {verdict.outcome.word}", count, met])
    return _table(["guarantee", "outcome", "violations", "evidence met"], rows)


def _violations(report: Report) -> list[str]:
    """Every class with its count, and one example of it; violations that no deviation lists make the example."""
    lines: list[str] = []
    for verdict in report.verdict.guarantees:
        names = verdict.accepted
        for anomaly, count in verdict.classes.items():
            found = [violation for violation in verdict.violations if violation.anomaly == anomaly]
            example = next((violation for violation in found if violation not in names), found[0])
            listed = f", listed as {escaped(names[example])}" if example in names else ""
            lines.append(f"- **{escaped(verdict.guarantee)}, {escaped(anomaly)}: {count:,}**{listed}. Example:")
            lines += _example(report, verdict, example)
    return ["### Violations", "", *lines] if lines else []


def _example(report: Report, verdict: Verdict, example: Violation) -> list[str]:
    part = report.part_of(example)
    where = f"{part.name} at {report.at_s(example):.2f} s" if part else report.run.scenario
    summary = f"{_code(example.actor)} {escaped(example.summary, limit=600)}"
    return [
        f"  {summary} ({escaped(where)}, trigger {escaped(example.trigger)})",
        f"  - breaks “{escaped(verdict.terms.promise)}” ({escaped(verdict.terms.source)})",
        f"  - run it again: {_code(report.command_of(example))}",
        "",
    ]


def _missing(report: Report) -> list[str]:
    lines = []
    for verdict in report.verdict.guarantees:
        lines += [f"- **{escaped(verdict.guarantee)}**: {escaped(note)}" for note in verdict.notes]
        reasons = [*verdict.missing, *([f"the checker failed: {verdict.fault}"] if verdict.fault else [])]
        if reasons and not verdict.outcome.holds:
            lines.append(f"- **{escaped(verdict.guarantee)}**: {'; '.join(escaped(reason) for reason in reasons)}")
    return ["### Missing or exceeded", "", *lines, ""] if lines else []


def _seen(match: DeviationMatch) -> str:
    if not match.violations and not match.doubts:
        return "no longer occurs"
    in_doubt = f", {match.doubtful:,} in doubt" if match.doubts else ""
    return f"{len(match.violations):,} of {match.opportunities:,}{in_doubt}"


def _deviations(report: Report) -> list[str]:
    rows = [
        [
            escaped(match.deviation.name),
            f"{escaped(verdict.guarantee)}: {escaped(match.deviation.anomaly)}",
            _seen(match),
            f"{amount(100 * match.rate)} % of at most {amount(100 * match.deviation.max_rate)} %",
            escaped(match.deviation.upstream),
        ]
        for verdict in report.verdict.guarantees
        for match in verdict.deviations
    ]
    return ["### Listed deviations", "", *_table(["name", "accepts", "seen", "rate", "upstream"], rows)] if rows else []


def _canaries(report: Report) -> list[str]:
    canaries = report.verdict.canaries
    unseen = [canary for canary in canaries if not canary.seen]
    if not unseen:
        return (
            [f"Canaries seen: {', '.join(escaped(canary.guarantee) for canary in canaries)}.", ""] if canaries else []
        )
    lines = [f"- **{escaped(canary.guarantee)}**: {escaped(canary.detail)}" for canary in unseen]
    return ["### Canaries that were not seen", "", "Nothing in this run holds.", "", *lines, ""]


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    """A section with a line for each text; nothing where there are none."""
    if not texts:
        return []
    lines = [f"- {escaped(text)}" for text in texts[:MOST_PROBLEMS]]
    if len(texts) > MOST_PROBLEMS:
        lines.append(f"- and {len(texts) - MOST_PROBLEMS:,} more")
    return [f"### {title}", "", *lines, ""]


def _facts(report: Report) -> list[str]:
    run = report.run
    programs = ", ".join(f"{escaped(program.name)} {escaped(program.version)}" for program in run.programs)
    rows = [
        ["runtime", escaped(runtime(report)) + (f" ({programs})" if programs else "")],
        ["driver", escaped(run.driver) + (f", store {escaped(run.store)}" if run.store else "")],
        ["seed", str(run.seed)],
        ["run again", _code(replay(run))],
        ["scenarios", ", ".join(escaped(part.name) for part in report.parts) or escaped(run.scenario)],
        ["profile", f"{escaped(run.profile)}, fault rate {escaped(run.fault_rate)}"],
        ["Actorproof", f"{escaped(run.actorproof)}, Python {escaped(run.python)}, {escaped(run.platform)}"],
        ["run", f"{escaped(run.run)}, started {escaped(run.started)}"],
    ]
    return ["### Run", "", *_table(["what", "value"], rows)]
