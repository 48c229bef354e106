"""What Ray Workflow keeps of its steps is journaled as commits: each once, in order, with bounds in time."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
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

    def write(self, step: str, parent: str, kept: dict[str, str] | bytes, *, at: int | None = None) -> None:
        """A step's files; `at` is when its output was written, in seconds."""
        folder = self.root / "workflows" / FOLDER / "steps" / step
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "inputs.json").write_text(json.dumps({"workflow_refs": [parent] if parent else []}))
        output = folder / "output.pkl"
        output.write_bytes(kept if isinstance(kept, bytes) else pickle.dumps(kept))
        if at is not None:
            os.utime(output, (at, at))

    def seen(self) -> list[ev.Event]:
        """Look once more; everything that was journaled after its first event."""
        self.steps.drain()
        return list(read_journal(self.file))[1:]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def writes(event: ev.Event) -> list[tuple[str, str, str | None]]:
    assert isinstance(event, ev.StoreCommitted)
    return [(write.actor, write.key, write.value) for write in event.writes]


def test_a_step_is_a_commit_of_what_it_changed_and_one_that_changed_nothing_is_none(storage: Storage) -> None:
    storage.write("init", "", {}, at=1)
    storage.write("add", "init", {"value": "1"}, at=2)
    storage.write("add_1", "add", {"value": "1"}, at=3)
    storage.write("add_2", "add_1", {"value": "2"}, at=4)
    assert [writes(event) for event in storage.seen()] == [[(ACTOR, "value", "1")], [(ACTOR, "value", "2")]]


def test_a_commit_says_which_one_it_went_on_from_also_past_a_step_that_changed_nothing(storage: Storage) -> None:
    storage.write("init", "", {"value": "0"}, at=1)
    storage.write("read", "init", {"value": "0"}, at=2)
    storage.write("add", "read", {"value": "1"}, at=3)
    storage.write("again", "init", {"value": "2"}, at=4)
    storage.write("lost", "nowhere", {"value": "3"}, at=5)
    commits = [event for event in storage.seen() if isinstance(event, ev.StoreCommitted)]
    assert [(each.index, each.base) for each in commits] == [(0, -1), (1, 0), (2, 0), (3, None)]


def test_two_steps_that_go_on_from_one_are_two_commits_of_one_key(storage: Storage) -> None:
    storage.write("init", "", {}, at=1)
    storage.write("b", "init", {"entry": "b"}, at=3)
    storage.write("a", "init", {"entry": "a"}, at=2)
    assert [writes(event)[0][2] for event in storage.seen()] == ["a", "b"]


def test_a_step_is_journaled_once_and_again_when_it_was_executed_again(storage: Storage) -> None:
    storage.write("init", "", {}, at=1)
    storage.write("add", "init", {"value": "1"}, at=2)
    assert len(storage.seen()) == 1
    assert len(storage.seen()) == 1
    storage.write("add", "init", {"value": "1 again"}, at=3)
    assert [writes(event)[0][2] for event in storage.seen()] == ["1", "1 again"]


def test_an_output_that_is_not_whole_is_left_for_the_next_look(storage: Storage) -> None:
    whole = pickle.dumps({"value": "1"})
    storage.write("add", "", whole[:-1])
    assert storage.seen() == []
    storage.write("add", "", b"")
    assert storage.seen() == []
    storage.write("add", "", whole)
    (commit,) = storage.seen()
    assert writes(commit) == [(ACTOR, "value", "1")]
    assert isinstance(commit, ev.StoreCommitted)
    assert 0 < commit.not_before_ns < commit.t_ns


def test_an_output_that_is_none_of_ours_breaks_the_log_and_runs_no_code(storage: Storage) -> None:
    storage.write("add", "", pickle.dumps(os.getcwd))
    (broken,) = storage.seen()
    assert isinstance(broken, ev.StoreLogBroken)
    assert "no plain type" in broken.reason
    assert len(storage.seen()) == 1
