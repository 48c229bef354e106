"""Recorded runs say what they said: small runs on the simulated driver, as an older Actorproof (f223d57) recorded them.

Each archive is a run's folder: run.json and history.jsonl. In two runs hosts break a promise on purpose, in two a bug
is planted in the runtime, and in one nothing is wrong. ``expected.json`` holds what is counted of each, no wording.
``python -m tests.recorded.test_recorded`` writes it again after a change of what checkers count: read the difference
before it is committed.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from actorproof.harness.run.analysis import analyze
from actorproof.properties.causes.cause import Cause
from actorproof.properties.verdict.baseline import exposure
from actorproof.properties.verdict.verdict import Verdict

FOLDER = Path(__file__).parent
EXPECTED = FOLDER / "expected.json"
Name = TypeVar("Name", bound=str)
RUNS = sorted(path.name.removesuffix(".tar.xz") for path in FOLDER.glob("*.tar.xz"))


def counted(name: str, scratch: Path) -> dict[str, Any]:
    """What is decided of a recorded run, without what is zero."""
    with tarfile.open(FOLDER / f"{name}.tar.xz") as archive:
        archive.extractall(scratch / name, filter="data")
    report = analyze(scratch / name).report
    return {
        "exit code": report.verdict.outcome.exit_code,
        "problems": len(report.verdict.problems),
        "canaries seen": [canary.guarantee for canary in report.verdict.canaries if canary.seen],
        "recovered": {
            one.fault: [_rounded(one.seconds), _rounded(one.budget_s)]
            for part in report.parts
            for one in part.recoveries
        },
        "causes": [_cause(cause) for cause in report.verdict.causes],
        "struck": {
            struck.fault: {"times": struck.times, **_above_zero(struck.under_way)} for struck in report.verdict.coverage
        },
        "rates are per": [
            _above_zero(exposure(part.timeline, fault_rate="", store="").opportunities) for part in report.parts
        ],
        **{verdict.guarantee: _verdict(verdict) for verdict in report.verdict.guarantees},
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    found = {
        "outcome": verdict.outcome.word,
        "violations": dict(sorted(verdict.classes.items())),
        "actors": len({violation.actor for violation in verdict.violations}),
        "at_ns": sum(violation.at_ns for violation in verdict.violations),
        "events": sum(event.seq for violation in verdict.violations for event in violation.events),
        "spans_ns": sum(span.end_ns - span.start_ns for violation in verdict.violations for span in violation.spans),
        "triggers": sorted({violation.trigger for violation in verdict.violations}),
        "opportunities": _above_zero(verdict.opportunities),
        "excused": _above_zero(verdict.excused),
        "evidence": {each.name: each.have for each in verdict.evidence if each.have},
        "left out": sum(left.count for each in verdict.evidence for left in each.left_out),
        "figures": {figure.name: _rounded(figure.value) for figure in verdict.figures if figure.value},
        "doubts": sum(doubt.count for doubt in verdict.doubts),
    }
    return {key: value for key, value in found.items() if value}


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "mechanism": cause.mechanism.id if cause.mechanism else "",
        "incidents": cause.incidents,
        "lost": cause.lost,
        "triggers": cause.triggers,
        "links": dict(Counter(link.kind for traced in cause.traced for link in traced.links)),
        "at_ns": sum(link.at_ns for traced in cause.traced for link in traced.links),
    }


def _above_zero(counts: Mapping[Name, int]) -> dict[Name, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def _rounded(number: float | None) -> float | None:
    """Without the last digits, which another machine's libraries may have otherwise."""
    return None if number is None else float(f"{number:.9g}")


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_says_what_it_said(name: str, tmp_path: Path) -> None:
    assert counted(name, tmp_path) == json.loads(EXPECTED.read_bytes())[name]


def test_there_are_runs_with_violations_and_one_without() -> None:
    expected = json.loads(EXPECTED.read_bytes())
    assert sorted(expected) == RUNS
    assert [name for name, said in expected.items() if said["exit code"] != 1] == ["nothing-is-wrong"]


def write() -> None:
    """Put down what the recorded runs say now."""
    with tempfile.TemporaryDirectory() as scratch:
        said = {name: counted(name, Path(scratch)) for name in RUNS}
    EXPECTED.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    write()
