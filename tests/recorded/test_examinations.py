"""Parts of a recorded run that are examined by processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run import shipped
from actorproof.harness.run.examinations import examinations
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import Budget, Findings, Terms
from actorproof.properties.views.timeline import Timeline

RECORDED = Path(__file__).parent
EXAMINER = Examiner(
    catalogue=shipped.catalogue(), profile="quick", guarantees=tuple(guarantees()), budget=Budget(), fault_rate="2%"
)


@pytest.fixture
def parts(tmp_path: Path) -> list[RunFolder]:
    """Two runs in which something is wrong, and one in which nothing is."""
    for name in ("hosts-that-overlap-turns", "nothing-is-wrong", "reminders-that-are-lost"):
        with tarfile.open(RECORDED / f"{name}.tar.xz") as archive:
            archive.extractall(tmp_path / name, filter="data")
    return [RunFolder.open(path) for path in sorted(tmp_path.iterdir())]


def test_processes_find_what_one_process_finds(parts: list[RunFolder]) -> None:
    timelines = [Timeline(part.read_history()) for part in parts]
    alone = examinations(parts, timelines, EXAMINER)
    assert examinations(parts, timelines, EXAMINER, worth_processes=0) == alone
    assert [bool(each.traced) for each in alone] == [True, False, True]


def test_a_history_that_a_process_can_not_read_ends_it_with_its_error(parts: list[RunFolder]) -> None:
    timelines = [Timeline(part.read_history()) for part in parts]
    parts[1].history.write_text("no event\n")
    with pytest.raises(Exception, match="line 1"):
        examinations(parts, timelines, EXAMINER, worth_processes=0)


def ends_processes(_: Timeline, terms: Terms) -> Findings:
    """A check that takes down the process that examines, but not this one."""
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    return Findings(evidence=dict.fromkeys(terms.thresholds, 1))


def test_where_processes_end_again_and_again_this_one_does_it_all(parts: list[RunFolder]) -> None:
    timelines = [Timeline(part.read_history()) for part in parts]
    known = {"turns": Guarantee(id="turns", check=ends_processes)}
    found = examinations(parts, timelines, replace(EXAMINER, guarantees=("turns",), known=known), worth_processes=0)
    assert [set(each.findings["turns"].evidence.values()) for each in found] == [{1}] * len(parts)
