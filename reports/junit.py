"""junit.xml: one suite a run, one case a guarantee.

    violated             failure, type ``violated``: each class with an example and the command that runs it again
    error                error
    unknown              skipped, since too little evidence on a noisy machine must not turn a build red; its message
                         says what was missing
    holds, deviations    passed; a listed deviation is named in the case's output

The output of each case names the causes of its violations, with their counts and whether they are known; the suite's
properties name the causes of the whole run.

Beside the guarantees stand a case for each canary, which is an error when it was not seen, and the case ``history``,
which is an error when the run is one and no guarantee is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from actorproof.plural import some
from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.outcome import Outcome, join
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.advice import advice
from actorproof.reports.report import Report, replay
from actorproof.reports.told import Told, told
from actorproof.reports.words import plain, refused, runtime, sentence

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> bytes:
    """The bytes of junit.xml, UTF-8 with its XML declaration."""
    run = report.run
    suite = TestSuite(_legal(f"actorproof {run.scenario} on {runtime(report)}"))
    suite.timestamp = _legal(run.started)
    for name, value in (
        ("run", run.run),
        ("seed", str(run.seed)),
        ("profile", run.profile),
        ("version", run.version),
        ("driver", run.driver),
        ("store", run.store),
        ("actorproof", run.actorproof),
        ("command", replay(run)),
        ("outcome", report.verdict.outcome.plain),
        *((f"program {program.name}", f"{program.version}, {program.origin}") for program in run.programs),
    ):
        suite.add_property(_legal(name), _legal(value))
    classname = _legal(f"actorproof.{run.scenario}")
    causes = told(report)
    for each in causes:
        suite.add_property(
            f"cause {each.id}", _legal(f"{each.title}: {some(each.count, 'violation')}, {each.standing}")
        )
    for verdict in report.verdict.guarantees:
        suite.add_testcase(_guarantee(report, verdict, causes, classname))
    for canary in report.verdict.canaries:
        case = TestCase(_legal(f"canary of {canary.guarantee}"), classname)
        if canary.seen:
            case.system_out = _legal(canary.detail)
        else:
            message = f"a promise that was broken on purpose was not seen broken: {canary.detail}"
            case.result = [Error(_legal(message), "error")]
        suite.add_testcase(case)
    suite.add_testcase(_history(report, classname))
    document = JUnitXml("actorproof")
    document.add_testsuite(suite)
    target = BytesIO()
    document.write(target, pretty=True)
    return target.getvalue()


def _guarantee(report: Report, verdict: Verdict, causes: Sequence[Told], classname: str) -> TestCase:
    case = TestCase(_legal(verdict.guarantee), classname)
    classes = Classes(report.verdict.causes)
    match verdict.outcome:
        case Outcome.VIOLATED:
            counts = _counts(verdict, classes)
            message = f"violated: {counts}" if counts else "violated"
            failure = Failure(_legal(message), "violated")
            failure.text = _legal(_examples(report, verdict, classes))
            case.result = [failure]
        case Outcome.ERROR:
            case.result = [Error(_legal(plain(verdict.fault or "; ".join(verdict.missing) or "error")), "error")]
        case Outcome.UNKNOWN:
            reasons = "; ".join(verdict.missing) or "too little was seen"
            case.result = [Skipped(_legal(f"unknown: {plain(reasons, limit=1000)}"), "unknown")]
        case _:
            pass
    more = [f"{each.sentence}: {each.command}" for each in advice(report) if verdict.guarantee in each.guarantees]
    case.system_out = _legal("\n".join([*_causes(verdict, causes), *_output(verdict), *more]))
    return case


def _causes(verdict: Verdict, causes: Sequence[Told]) -> list[str]:
    """What led to the violations of one guarantee, and how many of them are new."""
    lines = []
    for each in causes:
        mine = [traced for traced in each.cause.traced if traced.guarantee == verdict.guarantee]
        new = sum(traced.guarantee == verdict.guarantee for traced in each.open)
        if mine:
            known = "known" if not new else "new" if new == len(mine) else f"{new} of them new"
            lines.append(f"cause {each.id}: {each.title}: {some(len(mine), 'violation')}, {known}")
    return lines


def _counts(verdict: Verdict, classes: Classes) -> str:
    counts = classes.counts(verdict.open_violations)
    return ", ".join(f"{anomaly} {count}x" for anomaly, count in counts.items())


def _examples(report: Report, verdict: Verdict, classes: Classes) -> str:
    """One violation of each class that no deviation lists, with the promise and the command."""
    lines = [f"promise: {verdict.terms.promise} ({verdict.terms.source})"]
    seen: set[str] = set()
    for violation in verdict.open_violations:
        if (name := classes.of(violation)) in seen:
            continue
        seen.add(name)
        lines += [
            f"{name}: {violation.actor}: {plain(violation.summary, limit=1000)}",
            f"  trigger: {violation.trigger}",
            *(f"  {event.process} event {event.seq}: {plain(event.label)}" for event in violation.events),
            f"  run it again: {report.command_of(violation)}",
        ]
    return "\n".join(lines)


def _output(verdict: Verdict) -> list[str]:
    lines = [f"{e.said}: {e.have} seen, {e.need} needed" for e in verdict.evidence]
    for match in verdict.deviations:
        if match.violations or match.doubts:
            standing = match.standing
            said = f"{len(match.violations)} here, {standing.violations} in the run, {standing.expected:.0f} expected"
            said += f" and up to {standing.accepted} accepted; {match.deviation.upstream}"
            lines.append(f"deviation {match.deviation.mechanism}: {said}")
            lines += [f"  in doubt: {doubt}" for doubt in match.doubts]
        else:
            lines.append(f"deviation {match.deviation.mechanism}: not seen in this run")
    lines += verdict.notes
    listed = len(verdict.accepted)
    if listed:
        lines.append(f"known deviations: {listed:,}")
    return lines


def _history(report: Report, classname: str) -> TestCase:
    """The run as a whole: what no guarantee says."""
    run = report.verdict
    case = TestCase("history", classname)
    said = [*run.problems, *([f"the run broke off: {report.run.failure}"] if report.run.failure else [])]
    message = _legal(plain(said[0] if said else sentence(report), limit=1000))
    worst = join(verdict.outcome for verdict in run.guarantees)
    if report.run.failure or (run.outcome is Outcome.ERROR and worst is not Outcome.ERROR):
        case.result = [Error(message, "error")]
    beside = [*(f"not done as planned: {text}" for text in report.trouble), refused(report)]
    case.system_out = _legal("\n".join([*said, *filter(None, beside)]))
    return case


def _legal(text: str) -> str:
    """Text without what XML can't hold."""
    return ILLEGAL.sub("\ufffd", text)
