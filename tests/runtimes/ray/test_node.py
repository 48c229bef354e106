"""What workers tell of their turns stands in the journal of their node, whatever ends them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.port import Worker
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import identify
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.ray_cluster.host import actors, witness
from actorproof.harness.runtimes.ray_cluster.host.health import Server, serve
from actorproof.harness.runtimes.ray_cluster.host.log import Log
from actorproof.harness.runtimes.ray_cluster.host.node import Turns, handler
from actorproof.harness.runtimes.ray_cluster.workers import Processes
from tests.properties.of_kind import Kind, of

PROCESS = "host-1/node#1"
DEADLINE_S = 20.0


@pytest.fixture
def turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    """A node's witness, which workers of this process find."""
    identify(tmp_path / "raw", "a-run a-scenario")
    log = Log(tmp_path / "raw" / "journal.jsonl", process=PROCESS)
    turns = Turns(log, tmp_path / "witness")
    monkeypatch.setenv(witness.WITNESS, str(tmp_path / "witness"))
    yield turns
    witness.witness().close()
    turns.close()
    log.close()


@pytest.fixture
def journal(turns: Turns, tmp_path: Path) -> Path:
    """The journal of that node."""
    assert turns.open() == []
    return tmp_path / "raw" / "journal.jsonl"


def awaited(journal: Path, kind: type[Kind]) -> list[Kind]:
    """The events of a kind, once there are any."""
    end_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < end_s:
        found = of(read_journal(journal), kind)
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
    with pytest.raises(actors.TurnFailedError, match=r"host-1/node#1:t\d+: ValueError: it fails"):
        actors.Counter().fail("Counter/a", "c.1", {})
    (ended,) = awaited(journal, ev.TurnEnded)
    assert not ended.completed


def test_a_turn_whose_worker_is_killed_is_over_and_was_last_seen_open_before_that(journal: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_sleep, daemon=True)
    worker.start()
    (started,) = awaited(journal, ev.TurnStarted)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    (lost,) = awaited(journal, ev.TurnLost)
    assert lost.seen_ns is not None
    assert (lost.turn, lost.seen_ns) == (started.turn, started.t_ns)
    assert lost.seen_ns < lost.t_ns


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


def workers(turns: Turns) -> tuple[Processes, Server]:
    """A node's answers over HTTP, as faults on workers ask for them."""
    server = serve("127.0.0.1", 0, handler(turns))
    listens = Address(ip="127.0.0.1", port=server.server_address[1])
    return Processes({"host-1": listens}, SystemClock()), server


async def awaited_worker(processes: Processes) -> Worker:
    end_s = time.monotonic() + DEADLINE_S
    while (found := await processes.busy("host-1")) is None:
        assert time.monotonic() < end_s, "no worker runs a turn"
        await asyncio.sleep(0.01)
    return found


def test_the_worker_in_whose_turn_a_fault_strikes_is_stopped_goes_on_and_is_killed(journal: Path, turns: Turns) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_sleep, daemon=True)
    child.start()
    processes, server = workers(turns)

    async def strike() -> None:
        worker = await awaited_worker(processes)
        assert (worker.pid, worker.actor) == (child.pid, "Sleeper/a")
        await processes.pause(worker)
        assert processes.life(worker) == "stopped"
        await processes.resume(worker)
        assert processes.life(worker) == "runs"
        await processes.kill(worker)
        assert processes.life(worker) == "gone"
        assert await processes.busy("host-1") is None

    asyncio.run(strike())
    server.shutdown()
    server.server_close()
    (lost,) = awaited(journal, ev.TurnLost)
    assert isinstance(lost, ev.TurnLost)


def test_a_worker_without_an_open_turn_is_not_struck(journal: Path, turns: Turns) -> None:
    actors.Ledger().append("Ledger/a", "c.1", {})
    processes, server = workers(turns)
    assert asyncio.run(processes.busy("host-1")) is None
    server.shutdown()
    server.server_close()
    assert asyncio.run(processes.busy("host-1")) is None, "a node that does not answer"
    assert journal.exists()
