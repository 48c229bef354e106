"""The journal: numbered without gaps, one write an event, whole after SIGKILL, honest when the disk is full."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import JournalError
from actorproof.harness.history.events import JournalOpened, PhaseReached, Stalled
from actorproof.harness.history.journal import Journal, journal_name
from actorproof.harness.history.merge import read_journal

ENDLESS_WRITER = """
import sys
from pathlib import Path
from actorproof.harness.clock import SystemClock
from actorproof.harness.history.events import Stalled
from actorproof.harness.history.journal import Journal
journal = Journal.open(Path(sys.argv[1]), process="writer", clock=SystemClock())
while True:
    print(journal.write(Stalled, late_ns=1).seq, flush=True)
"""


def make(path: Path) -> Journal:
    return Journal.open(path, process="harness", clock=SystemClock())


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_name_has_no_separator() -> None:
    assert journal_name("host-1/app#2") == "host-1_app_2.jsonl"
    assert journal_name("harness") == "harness.jsonl"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "harness.jsonl"
    with make(path) as journal:
        event = journal.write(PhaseReached, phase="ready")
    events = read_journal(path)
    assert isinstance(events[0], JournalOpened)
    assert events[0].pid == os.getpid()
    assert events[1:] == [event]
    assert (event.process, event.seq) == ("harness", 1)


def test_never_continues_a_file(tmp_path: Path) -> None:
    path = tmp_path / "harness.jsonl"
    make(path).close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="exists already"):
        make(path)
    assert path.read_bytes() == before


def test_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = make(tmp_path / "harness.jsonl")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.write(PhaseReached, phase="ready")


def test_threads_share_it_without_gap_or_step_back(tmp_path: Path) -> None:
    path = tmp_path / "harness.jsonl"
    journal = make(path)

    def work(number: int) -> None:
        for _ in range(500):
            journal.write(Stalled, late_ns=number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    events = read_journal(path)
    assert [event.seq for event in events] == list(range(2001))
    assert all(a.t_ns <= b.t_ns for a, b in pairwise(events))


def test_whole_after_sigkill_of_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "writer.jsonl"
    with subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(200):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout if line.endswith(b"\n")]
    events = read_journal(path)
    assert [event.seq for event in events] == list(range(len(events)))
    assert events[-1].seq >= (told[-1] if told else 200)


def test_bad_fields_leave_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "harness.jsonl"
    with make(path) as journal:
        with pytest.raises(TypeError):
            journal.write(PhaseReached, phrase="ready")
        journal.write(PhaseReached, phase="ready")
    assert [event.seq for event in read_journal(path)] == [0, 1]


@pytest.mark.parametrize("room", [0, 1, 60])
def test_disk_full_leaves_nothing_half_written(tmp_path: Path, room: int) -> None:
    path = tmp_path / "harness.jsonl"
    journal = make(path)
    journal.write(PhaseReached, phase="ready")
    whole = path.read_bytes()
    with file_limit(len(whole) + room), pytest.raises(JournalError, match=r"after 2 events.*free some space"):
        journal.write(PhaseReached, phase="load")
    assert path.read_bytes() == whole
    with pytest.raises(JournalError, match="after 2 events"):  # there is room again, but an event is missing
        journal.write(PhaseReached, phase="healed")
    journal.close()
    assert [event.seq for event in read_journal(path)] == [0, 1]


def test_disk_full_at_the_first_event(tmp_path: Path) -> None:
    path = tmp_path / "harness.jsonl"
    with file_limit(10), pytest.raises(JournalError, match="free some space"):
        make(path)
    assert read_journal(path) == []


def test_folder_that_can_not_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="choose another output folder"):
        make(tmp_path / "file" / "harness.jsonl")
