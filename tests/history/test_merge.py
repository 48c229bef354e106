"""Reading and merging: order, torn last lines, and errors that name file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import HistoryError, JournalError
from actorproof.harness.history.events import Event, PhaseReached
from actorproof.harness.history.journal import Journal, journal_name
from actorproof.harness.history.merge import merge, read_history, read_journal, write_history


def write(raw: Path, process: str, events: int) -> Path:
    path = raw / journal_name(process)
    with Journal.open(path, process=process, clock=SystemClock()) as journal:
        for _ in range(events):
            journal.write(PhaseReached, phase="load")
    return path


def test_merge_is_ordered_in_time(tmp_path: Path) -> None:
    clock = SystemClock()
    journals = [Journal.open(tmp_path / journal_name(p), process=p, clock=clock) for p in ("harness", "host-1/app#1")]
    written: list[Event] = [journals[n % 2].write(PhaseReached, phase="load") for n in range(50)]
    for journal in journals:
        journal.close()
    assert [e for e in merge(tmp_path) if isinstance(e, PhaseReached)] == written


def test_torn_last_line_was_not_written(tmp_path: Path) -> None:
    path = write(tmp_path, "harness", 3)
    whole = path.read_bytes()
    for cut in (1, 5, len(whole.splitlines()[-1])):
        path.write_bytes(whole[:-cut])
        assert [event.seq for event in read_journal(path)] == [0, 1, 2]
    assert len(merge(tmp_path)) == 3


def test_empty_journal_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, "harness", 1)
    (tmp_path / "host-1_app_1.jsonl").write_bytes(b"")
    assert len(merge(tmp_path)) == 2


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda line: line[:20] + b"\n", id="cut"),
        pytest.param(lambda _: b"\n", id="empty"),
        pytest.param(lambda _: b"{}\n", id="no fields"),
        pytest.param(lambda _: b"[]\n", id="no object"),
        pytest.param(lambda _: b"\xff\xfe\n", id="no text"),
        pytest.param(lambda line: line.replace(b'"phase",', b'"fase",'), id="unknown kind"),
        pytest.param(lambda line: line.replace(b'"phase":"load"', b'"phase":"load","extra":1'), id="unknown field"),
        pytest.param(lambda line: line.replace(b",", b",\n"), id="over several lines"),
    ],
)
def test_a_line_that_is_no_event_is_named_by_file_and_line(tmp_path: Path, bad: Callable[[bytes], bytes]) -> None:
    path = write(tmp_path, "harness", 4)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], bad(lines[2]), *lines[3:]]))
    with pytest.raises(HistoryError, match=r"harness\.jsonl line 3 is no event.*: restore it"):
        read_journal(path)


def test_journal_without_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path, "harness", 2)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(HistoryError, match="line 1: a journal begins with journal-opened"):
        read_journal(path)


def test_no_journals(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(HistoryError, match="holds no journal"):
            merge(folder)
    with pytest.raises(HistoryError, match="can't be read"):
        read_journal(tmp_path / "absent.jsonl")


def test_two_journals_of_one_process(tmp_path: Path) -> None:
    path = write(tmp_path, "harness", 1)
    (tmp_path / "copy.jsonl").write_bytes(path.read_bytes())
    with pytest.raises(HistoryError, match="both of process harness"):
        merge(tmp_path)


def test_history_round_trip(tmp_path: Path) -> None:
    write(tmp_path / "raw", "harness", 5)
    events = merge(tmp_path / "raw")
    path = tmp_path / "history.jsonl"
    write_history(events, path)
    write_history(events, path)
    assert read_history(path) == events
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["history.jsonl"]


def test_truncated_history_is_no_history(tmp_path: Path) -> None:
    path = write(tmp_path, "harness", 3)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(HistoryError, match="line 4: the file is truncated here; make it again"):
        read_history(path)
    path.write_bytes(b"")
    with pytest.raises(HistoryError, match="empty"):
        read_history(path)


def test_history_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "raw", "harness", 3)
    target = tmp_path / "history.jsonl"
    target.mkdir()
    with pytest.raises(JournalError, match="can't be written"):
        write_history(merge(tmp_path / "raw"), target)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["history.jsonl", "raw"]


def test_a_history_of_many_blocks_is_read_whole_and_faults_are_named_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actorproof.harness.history.merge.BLOCK_BYTES", 64)
    path = tmp_path / "history.jsonl"
    events = [PhaseReached(process="harness", seq=n, t_ns=n, phase="ready") for n in range(50)]
    write_history(events, path)
    assert read_history(path) == events
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:30], b"{}\n", *lines[31:]]))
    with pytest.raises(HistoryError, match="line 31 is no event"):
        read_history(path)
    path.write_bytes(b"".join(lines)[:-5])
    with pytest.raises(HistoryError, match="line 50: the file is truncated here"):
        read_history(path)
