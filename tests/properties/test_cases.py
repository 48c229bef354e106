"""Good and bad histories: the folder is the verdict, so a new case needs no code.

``cases/<guarantee>/good/*.jsonl`` must hold with thresholds zero, and without an excuse unless the file's name begins
with ``clause``: then with one. ``cases/<guarantee>/bad/<class>--<what>.jsonl`` must be violated in that class, spelled
with dashes, and no other. What each counts beside its verdict stands in ``told.json`` (see `told`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.case import CASES, Case
from tests.properties.terms import free, verdict_on
from tests.properties.told import expected, told

GOOD = sorted(CASES.glob("*/good/*.jsonl"))
BAD = sorted(CASES.glob("*/bad/*.jsonl"))


def spelled(anomaly: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in anomaly).replace("--", "-")


def decided(path: Path) -> Verdict:
    guarantee = path.parent.parent.name
    timeline = Case(f"{guarantee}/{path.parent.name}/{path.stem}").timeline()
    assert not timeline.problems
    return verdict_on(timeline, free(guarantee))


def name(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_good(path: Path) -> None:
    verdict = decided(path)
    assert verdict.outcome.holds, (verdict.violations, verdict.missing)
    assert (verdict_excuses(verdict) > 0) is path.stem.startswith("clause")


@pytest.mark.parametrize("path", BAD, ids=name)
def test_bad(path: Path) -> None:
    verdict = decided(path)
    assert verdict.outcome is Outcome.VIOLATED
    assert {spelled(anomaly) for anomaly in verdict.classes} == {path.stem.partition("--")[0]}


@pytest.mark.parametrize("path", [*GOOD, *BAD], ids=name)
def test_what_is_counted(path: Path) -> None:
    assert told(decided(path)) == expected(path)


def verdict_excuses(verdict: Verdict) -> int:
    return sum(verdict.excused.values())


def test_there_are_cases() -> None:
    assert GOOD
    assert BAD
