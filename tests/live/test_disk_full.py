"""A disk that fills up while a run journals: the run stops, says so, and leaves nothing running."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from actorproof.harness.history.merge import read_journal

from .support import PATIENCE_S, need_programs, started

pytestmark = pytest.mark.live

ROOM_BYTES = 20_000
# Far longer than the test waits: only the full disk can end it.
ENDLESS = ("run", "--hosts", "2", "--seed", "3", "--duration", "3600", "--clients", "4")


@pytest.mark.parametrize("words", [("churn",), ("everything-at-once",), ("churn", "--fault-rate", "off")], ids=" ".join)
def test_the_run_stops_and_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    need_programs()
    with started(tmp_path, *ENDLESS, *words) as run:
        run.wait_for(b'"phase":"load"')
        # For the harness alone: no file of it grows beyond that from now on.
        limit = len(run.journal()) + ROOM_BYTES
        resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        assert run.process.wait(timeout=PATIENCE_S) == 3, run.text()
        run.nothing_left()
        assert "harness.jsonl stops after" in run.text()
        assert "free some space" in run.text()
        assert "Traceback" not in run.text()
        assert run.folder is not None
        info = json.loads((run.folder / "run.json").read_text())
        assert info["state"] == "failed"
        assert "harness.jsonl stops after" in info["failure"]
        events = read_journal(run.folder / "raw" / "harness.jsonl")
        assert [event.seq for event in events] == list(range(len(events)))
        assert not (run.folder / "verdicts.json").exists()
