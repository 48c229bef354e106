from dataclasses import replace
from pathlib import Path
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite

from actorproof.properties.verdict.verdict import Canary
from actorproof.reports import junit
from actorproof.reports.report import Report


def parsed(report: Report, folder: Path) -> TestSuite:
    path = folder / "junit.xml"
    path.write_bytes(junit.render(report))
    suites = list(JUnitXml.fromfile(str(path)))
    assert len(suites) == 1
    return suites[0]


def kinds(suite: TestSuite) -> dict[str, list[type]]:
    return {case.name: [type(result) for result in case.result] for case in suite}


def properties(suite: TestSuite) -> dict[str, str]:
    return {p.name: p.value for p in suite.properties()}  # type: ignore[no-untyped-call]  # the library leaves it out


def test_each_guarantee_is_a_case(full: Report, tmp_path: Path) -> None:
    suite = parsed(full, tmp_path)
    assert kinds(suite) == {
        "turns": [Failure],
        "activation": [],
        "durability": [Failure],
        "reminders": [Skipped],
        "drain": [],
        "recovery": [Error],
        "lifecycle": [],
        "executions": [],
        "canary of turns": [],
        "canary of durability": [Error],
        "history": [],
    }
    (reminders,) = [case for case in suite if case.name == "reminders"]
    assert reminders.result[0].message == "unknown: stop of everything: 0 ticks due; moves: 11 seen, 20 needed"
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (11, 2, 2, 1)
    assert properties(suite)["seed"] == "7"


def test_a_failure_says_what_and_how_to_run_it_again(full: Report, tmp_path: Path) -> None:
    turns = next(case for case in parsed(full, tmp_path) if case.name == "turns")
    assert turns.result[0].message == "violated: two live hosts 9x, frozen, saved late 1x"
    assert "run it again: actorproof run kill-and-recover --seed 7" in turns.result[0].text
    assert "deviation turns-same-host: 1 here, 1 in the run, 3 expected and up to 12 accepted" in turns.system_out


def test_causes_are_named_with_what_is_new_of_them(full: Report, tmp_path: Path) -> None:
    suite = parsed(full, tmp_path)
    assert properties(suite)["cause caller-gives-up"] == "a caller gives up while its turn runs: 10 violations, 9 new"
    said = {case.name: case.system_out for case in suite}
    assert "cause caller-gives-up: a caller gives up while its turn runs: 9 violations, new" in said["turns"]
    assert "cause caller-gives-up: a caller gives up while its turn runs: 1 violation, known" in said["drain"]
    assert "cause " not in said["activation"]
    assert "deviation drain-drain-outlives-dissemination" in said["drain"], "it passes, and is named"


def test_a_run_that_is_worse_than_its_guarantees_is_not_green(sample: Any, tmp_path: Path) -> None:
    report = sample.report(sample.holding("turns"))
    worse = replace(report, verdict=replace(report.verdict, contradictory=True, problems=("a gap",)))
    assert kinds(parsed(worse, tmp_path))["history"] == [Error]
    broken = replace(report, run=sample.info("churn", failure="disk full"))
    assert kinds(parsed(broken, tmp_path))["history"] == [Error]


def test_what_xml_cannot_hold_is_replaced(sample: Any, tmp_path: Path) -> None:
    found = sample.verdict(
        "turns", [sample.violation("same host", actor=sample.nasty, summary="\x00\x1b[31m ]]> \ud800")]
    )
    canaries = (Canary(guarantee=sample.nasty, seen=False, detail=sample.nasty),)
    report = sample.report([sample.judged(found)])
    report = replace(report, verdict=replace(report.verdict, canaries=canaries))
    text = next(case for case in parsed(report, tmp_path) if case.name == "turns").result[0].text
    assert "<script>alert('x')</script>" in text
    assert "\x00" not in text
