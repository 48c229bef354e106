import html
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.errors import ActorproofError
from actorproof.reports import markdown
from actorproof.reports.console import result_lines
from actorproof.reports.html import page
from actorproof.reports.report import Refused, Report
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


def test_inputs_that_the_runtime_refused_are_a_line_on_the_console_and_stand_in_the_report_one_by_one(
    full: Report, tmp_path: Path
) -> None:
    calls = tuple(Refused(part="inputs", action="call", text=f"add of Counter/a?{n}", reason="400") for n in range(16))
    reminder = Refused(part="inputs", action="register-reminder", text="r1 of Recorder/a", reason="500")
    report = replace(full, refused=(*calls, reminder))
    said = "the runtime refused 17 inputs, so nothing of them was done: 16 calls, 1 reminder"
    assert len(result_lines(report, tmp_path, width=200)) == len(result_lines(full, tmp_path, width=200)) + 1
    assert f"{said}; see the report" in result_lines(report, tmp_path, width=200)
    write_all(report, tmp_path)
    assert said.capitalize() in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert said in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    for name in ("report.html", "verdicts.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert all(each.text in text for each in report.refused), name


def test_of_many_refused_inputs_the_page_says_how_many_it_leaves_out(full: Report) -> None:
    many = tuple(Refused(part="inputs", action="call", text=f"add of Counter/a?{n}", reason="400") for n in range(5000))
    text = page.render(replace(full, refused=many))
    assert "5,000; nothing of them was done" in text
    assert 0 < text.count("add of Counter/a?") < len(many)
    assert f"and {5000 - text.count('add of Counter/a?'):,} more, all in verdicts.json" in text


def test_what_the_harness_could_not_do_stands_in_every_report(full: Report, tmp_path: Path) -> None:
    text = "churn: final state of Ledger/l1 can't be read"
    write_all(replace(full, trouble=(text,)), tmp_path)
    for name in NAMES:
        said = html.unescape((tmp_path / name).read_text(encoding="utf-8"))
        assert "final state of Ledger/l1 can't be read" in said, name
