"""What workers tell of their turns stands in the journal of their node, whatever ends them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import identify
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.ray_cluster.host import actors, witness
from actorproof.harness.runtimes.ray_cluster.host.log import Log
from actorproof.harness.runtimes.ray_cluster.host.node import Turns

PROCESS = "host-1/app#1"
DEADLINE_S = 20.0


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The journal of a node; workers of this process find its witness."""
    identify(tmp_path / "raw", "a-run a-scenario")
    path = tmp_path / "raw" / "journal.jsonl"
    log = Log(path, process=PROCESS)
    turns = Turns(log, tmp_path / "witness")
    monkeypatch.setenv(witness.WITNESS, str(tmp_path / "witness"))
    yield path
    witness.witness().close()
    turns.close()
    log.close()


def awaited(journal: Path, kind: type[ev.Event]) -> list[ev.Event]:
    """The events of a kind, once there are any."""
    end_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < end_s:
        found = [event for event in read_journal(journal) if isinstance(event, kind)]
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"no {kind.__name__} in {journal}")


def test_a_journal_names_its_run_and_reads_as_every_other_one(journal: Path) -> None:
    opened, *rest = read_journal(journal)
    assert isinstance(opened, ev.JournalOpened)
    assert (opened.process, opened.seq, opened.run, rest) == (PROCESS, 0, "a-run a-scenario", [])


def test_a_turn_stands_there_from_its_start_to_its_end_with_what_it_saved(journal: Path) -> None:
    ledger = actors.Ledger()
    answer = ledger.append("Ledger/a", "c.1", {})
    started, saved, ended = list(read_journal(journal))[2:]
    assert isinstance(started, ev.TurnStarted)
    assert (started.turn, started.actor, started.name, started.op) == (answer["turn"], "Ledger/a", "append", "c.1")
    assert isinstance(saved, ev.SaveStarted)
    assert (saved.save, saved.turn) == (answer["save"], answer["turn"])
    assert isinstance(ended, ev.TurnEnded)
    assert ended.completed
    assert ledger.read("Ledger/a", None, {})["result"]["entries"] == [[1, "c.1", answer["turn"]]]


def test_a_turn_that_raises_ends_as_failed_and_the_error_names_it(journal: Path) -> None:
    with pytest.raises(actors.TurnFailedError, match=r"host-1/app#1:t\d+: ValueError: it fails"):
        actors.Counter().fail("Counter/a", "c.1", {})
    (ended,) = awaited(journal, ev.TurnEnded)
    assert isinstance(ended, ev.TurnEnded)
    assert not ended.completed


def test_a_turn_whose_worker_is_killed_is_over_and_was_last_seen_open_before_that(journal: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_sleep, daemon=True)
    worker.start()
    (started,) = awaited(journal, ev.TurnStarted)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    (lost,) = awaited(journal, ev.TurnLost)
    assert isinstance(started, ev.TurnStarted)
    assert isinstance(lost, ev.TurnLost)
    assert (lost.turn, lost.seen_ns) == (started.turn, started.t_ns)
    assert lost.seen_ns < lost.t_ns


def test_a_worker_that_is_to_die_does_so_once_for_each_call(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for _ in range(2):
        worker = multiprocessing.get_context("spawn").Process(target=_die, daemon=True)
        worker.start()
        worker.join(DEADLINE_S)
    (lost,) = awaited(journal, ev.TurnLost)
    (ended,) = awaited(journal, ev.TurnEnded)
    assert isinstance(lost, ev.TurnLost)
    assert isinstance(ended, ev.TurnEnded)
    assert lost.turn < ended.turn
    assert ended.completed


def _die() -> None:
    actors.Counter().add("Counter/a", "c.1", {"by": 1, "die": True})


def _sleep() -> None:
    actors.Sleeper().hold("Sleeper/a", "c.1", {"hold_s": 600})


def test_a_worker_whose_node_is_gone_runs_no_code_of_its_actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gone"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
    monkeypatch.setenv(witness.WITNESS, str(path))
    counter = actors.Counter()
    with pytest.raises(ConnectionRefusedError):
        counter.add("Counter/a", "c.1", {"by": 1})
    assert counter.kept == {}


def test_the_canary_overlaps_its_own_turn_and_keeps_nothing_of_a_save(journal: Path) -> None:
    canary = actors.Canary()
    canary.add("Canary/c0", "c.1", {"by": 1})
    canary.append("Canary/c0", "c.2", {})
    kinds = [type(event).__name__ for event in read_journal(journal)]
    assert kinds[2:4] == ["TurnStarted", "TurnStarted"]
    assert kinds[-3:] == ["SaveStarted", "SaveEnded", "TurnEnded"]
    assert canary.read("Canary/c0", None, {})["result"] == {"count": 0, "entries": []}
