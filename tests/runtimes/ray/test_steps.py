"""What Ray Workflow keeps of its steps is journaled as commits: each once, in order, with bounds in time."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.ray_cluster.host.disk import Logged
from actorproof.harness.runtimes.ray_workflow.steps import Steps

ACTOR = "Ledger/a b"
FOLDER = "Ledger%2Fa%20b"


class Storage:
    """A folder as Ray writes it, and what is journaled of it."""

    def __init__(self, path: Path) -> None:
        self.root = path / "storage"
        self.file = path / "harness.jsonl"
        self.journal = Journal.open(self.file, process="harness", clock=SystemClock())
        self.steps = Steps(self.root, self.journal, SystemClock())

    def write(self, step: str, parent: str, kept: dict[str, str] | bytes, *, logged: bool = True) -> None:
        """A step's files, as what Ray writes through leaves them; unless `logged`, the process dies before the log."""
        folder = self.root / "workflows" / FOLDER / "steps" / step
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "inputs.json").write_text(json.dumps({"workflow_refs": [parent] if parent else []}))
        output = folder / "output.pkl"
        file = Logged(output.open("wb"), str(output), f"{self.root}.log" if logged else os.devnull)
        file.write(kept if isinstance(kept, bytes) else pickle.dumps(kept))
        file.close()

    def look(self) -> None:
        """Read what is new in the log, as it is read during a run."""

        async def once() -> None:
            following = asyncio.create_task(self.steps.run())
            await asyncio.sleep(0)
            following.cancel()

        asyncio.run(once())

    def seen(self) -> list[ev.AnyEvent]:
        """Look once more; everything that was journaled after its first event."""
        self.steps.drain()
        return read_journal(self.file)[1:]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def writes(event: ev.Event) -> list[tuple[str, str, str | None]]:
    assert isinstance(event, ev.StoreCommitted)
    return [(write.actor, write.key, write.value) for write in event.writes]


def test_a_step_is_a_commit_of_what_it_changed_and_one_that_changed_nothing_is_none(storage: Storage) -> None:
    storage.write("init", "", {})
    storage.write("add", "init", {"value": "1"})
    storage.write("add_1", "add", {"value": "1"})
    storage.write("add_2", "add_1", {"value": "2"})
    assert [writes(event) for event in storage.seen()] == [[(ACTOR, "value", "1")], [(ACTOR, "value", "2")]]


def test_a_commit_says_which_one_it_went_on_from_also_past_a_step_that_changed_nothing(storage: Storage) -> None:
    storage.write("init", "", {"value": "0"})
    storage.write("read", "init", {"value": "0"})
    storage.write("add", "read", {"value": "1"})
    storage.write("again", "init", {"value": "2"})
    storage.write("lost", "nowhere", {"value": "3"})
    commits = [event for event in storage.seen() if isinstance(event, ev.StoreCommitted)]
    assert [(each.index, each.base) for each in commits] == [(0, -1), (1, 0), (2, 0), (3, None)]


def test_two_steps_that_go_on_from_one_are_two_commits_of_one_key(storage: Storage) -> None:
    storage.write("init", "", {})
    storage.write("b", "init", {"entry": "b"})
    storage.write("a", "init", {"entry": "a"})
    assert [writes(event)[0][2] for event in storage.seen()] == ["b", "a"]


def test_a_step_that_is_executed_twice_between_two_looks_is_two_commits(storage: Storage) -> None:
    storage.write("init", "", {})
    storage.write("add", "init", {"value": "1"})
    storage.write("add", "init", {"value": "1 again"})
    assert [writes(event)[0][2] for event in storage.seen()] == ["1", "1 again"]
    assert len(storage.seen()) == 2, "each once"


def test_a_commit_came_after_its_file_was_opened_and_before_it_was_seen(storage: Storage) -> None:
    before_ns = SystemClock().now_ns()
    storage.write("add", "", {"value": "1"})
    after_ns = SystemClock().now_ns()
    (commit,) = storage.seen()
    assert isinstance(commit, ev.StoreCommitted)
    assert before_ns < commit.not_before_ns < after_ns < commit.t_ns


def test_a_step_whose_process_dies_before_the_log_has_it_is_seen_all_the_same(storage: Storage) -> None:
    storage.write("init", "", {})
    storage.write("add", "init", {"value": "1"}, logged=False)
    storage.look()
    storage.write("add_1", "add", {"value": "2"})
    storage.write("add_2", "init", {"value": "3"}, logged=False)
    commits = [event for event in storage.seen() if isinstance(event, ev.StoreCommitted)]
    assert [(writes(each)[0][2], each.base) for each in commits] == [("1", -1), ("2", 0), ("3", -1)]


def test_an_output_that_is_not_whole_is_no_commit(storage: Storage) -> None:
    storage.write("add", "", pickle.dumps({"value": "1"})[:-1], logged=False)
    assert storage.seen() == []
    storage.write("add", "", b"", logged=False)
    assert storage.seen() == []


def test_what_a_step_went_on_from_is_not_known_where_a_full_disk_has_emptied_that(storage: Storage) -> None:
    storage.write("add", "", {"value": "1"})
    (storage.root / "workflows" / FOLDER / "steps" / "add" / "inputs.json").write_bytes(b"")
    (commit,) = storage.seen()
    assert isinstance(commit, ev.StoreCommitted)
    assert commit.base is None


def test_a_file_that_refuses_a_byte_is_not_in_the_log(storage: Storage) -> None:
    class Refusing(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    file = Logged(Refusing(), str(storage.root / "workflows/a/steps/b/output.pkl"), f"{storage.root}.log")
    with pytest.raises(OSError, match="No space"):
        file.write(pickle.dumps({"value": "1"}))
    file.close()
    assert storage.seen() == []


def test_half_a_line_of_the_log_is_left_for_the_next_look(storage: Storage) -> None:
    storage.write("add", "", {"value": "1"})
    log = Path(f"{storage.root}.log")
    whole = log.read_bytes()
    log.write_bytes(whole[:-5])
    storage.look()
    assert list(read_journal(storage.file))[1:] == []
    log.write_bytes(whole)
    storage.look()
    assert len(storage.seen()) == 1


def test_an_output_that_is_none_of_ours_breaks_the_log_and_runs_no_code(storage: Storage) -> None:
    storage.write("add", "", pickle.dumps(os.getcwd))
    (broken,) = storage.seen()
    assert isinstance(broken, ev.StoreLogBroken)
    assert "no plain type" in broken.reason
    assert len(storage.seen()) == 1
