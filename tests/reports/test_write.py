import html
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.errors import ActorproofError
from actorproof.reports import markdown
from actorproof.reports.report import Report
from actorproof.reports.write import write_all, write_whole

NAMES = {"report.html", "verdicts.json", "junit.xml", "summary.md"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_all_four_are_written_and_nothing_else(full: Report, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    write_all(full, folder)
    assert names(folder) == NAMES
    assert json.loads((folder / "verdicts.json").read_text("utf-8"))["outcome"] == "violated"
    write_all(full, folder)
    assert names(folder) == NAMES


def test_a_renderer_that_fails_leaves_the_old_reports(
    full: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(full, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(_: Report) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(markdown, "render", fail)
    with pytest.raises(RuntimeError):
        write_all(full, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_the_old_files_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole({"a": b"old", "b": b"old"}, tmp_path)
    calls = []

    def full_disk(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ActorproofError, match=r"can't be written \(No space left on device\): make room"):
        write_whole({"a": b"new", "b": b"new"}, tmp_path)
    assert names(tmp_path) == {"a", "b"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_folder_that_cannot_be_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ActorproofError, match="--out"):
        write_whole({"a": b"x"}, tmp_path / "file")


def test_what_the_harness_could_not_do_stands_in_every_report(full: Report, tmp_path: Path) -> None:
    text = "churn: final state of Ledger/l1 can't be read"
    write_all(replace(full, trouble=(text,)), tmp_path)
    for name in NAMES:
        said = html.unescape((tmp_path / name).read_text(encoding="utf-8"))
        assert "final state of Ledger/l1 can't be read" in said, name
