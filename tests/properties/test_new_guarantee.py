"""A new guarantee is one file and one table of the catalogue: no list is edited, and it is judged and shown."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import actorproof.properties.guarantees as package
from actorproof.harness.errors import UsageError
from actorproof.harness.run import shipped
from actorproof.harness.run.analysis import analyze
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue as catalogues
from actorproof.properties.verdict.outcome import Outcome

RECORDED = Path(__file__).parents[1] / "recorded"
FILE = '''
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Findings, Span, Violation


def check(timeline, terms):
    """The first turn of each actor that takes longer than the catalogue allows."""
    slow = {}
    for turn in timeline.turns:
        if turn.end is not None and turn.end_ns - turn.start_ns > terms.limits["longest_s"] * 1e9:
            slow.setdefault(turn.actor, turn)
    return Findings(
        violations=[
            Violation(
                anomaly="slow turn",
                actor=actor,
                summary="a turn took too long",
                events=(),
                spans=(
                    Span(lane="a/app#1", label="turn 1", start_ns=turn.start_ns, end_ns=turn.end_ns),
                    Span(lane="b/app#1", label="turn 2", start_ns=turn.start_ns, end_ns=turn.end_ns),
                ),
                at_ns=turn.end_ns,
            )
            for actor, turn in slow.items()
        ],
        opportunities={"slow turn": len(timeline.turns)},
        evidence={"turns": len(timeline.turns)},
    )


GUARANTEE = Guarantee(id="promptness", check=check, from_any_history=True, overlapping=True)
'''
TABLE = """
[promptness]
title = "Turns are short"
promise = "No turn takes longer than an eye takes to blink."
source = "[I] a test"
classes = ["slow turn"]
clauses = []
[promptness.limits]
longest_s = 0.1
[promptness.evidence]
quick = { turns = 1 }
standard = { turns = 1 }
soak = { turns = 1 }
"""


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one file, where guarantees are looked for, and the one table."""
    folder = tmp_path / "guarantees"
    folder.mkdir()
    (folder / "promptness.py").write_text(FILE)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    text = shipped.text("catalogue.toml") + TABLE
    monkeypatch.setattr(shipped, "catalogue", lambda: catalogues.parse(text))
    guarantees.cache_clear()
    yield
    guarantees.cache_clear()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A recorded run of a scenario that names the new guarantee."""
    with tarfile.open(RECORDED / "nothing-is-wrong.tar.xz") as archive:
        archive.extractall(tmp_path / "run", filter="data")
    path = tmp_path / "run" / "run.json"
    info = json.loads(path.read_bytes())
    path.write_text(json.dumps(info | {"guarantees": [*info["guarantees"], "promptness"]}))
    return path.parent


@pytest.mark.usefixtures("added")
def test_it_is_judged_and_stands_in_every_report(run: Path) -> None:
    verdict = analyze(run).report.verdict.guarantees[-1]
    assert (verdict.guarantee, verdict.outcome) == ("promptness", Outcome.VIOLATED)
    said = json.loads((run / "verdicts.json").read_bytes())["guarantees"][-1]
    assert said["id"] == "promptness"
    assert said["classes"]["slow turn"]["violations"] == len(verdict.violations) > 0
    assert 'name="promptness"' in (run / "junit.xml").read_text()
    assert "Turns are short (promptness)" in (run / "summary.md").read_text()
    page = (run / "report.html").read_text()
    assert 'id="g-promptness"' in page
    assert 'class="overlap"' in page  # its violations are drawn as what ran at the same time


@pytest.mark.usefixtures("added")
def test_it_can_be_asked_for_by_name(run: Path) -> None:
    (verdict,) = analyze(run, guarantees=["promptness"]).report.verdict.guarantees
    assert verdict.outcome is Outcome.VIOLATED
    with pytest.raises(UsageError, match=r"choose one of .*promptness"):
        analyze(run, guarantees=["promptnes"])


def test_every_guarantee_has_its_table_and_every_table_its_guarantee() -> None:
    assert sorted(shipped.catalogue().ids) == list(guarantees())
