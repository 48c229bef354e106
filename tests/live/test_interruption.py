"""However a run is broken off, nothing of it stays but its folder, which says that it isn't whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.harness.history.merge import read_journal
from tests.waiting import until

from .support import PATIENCE_S, Started, need_programs, started

pytestmark = pytest.mark.live

OPTIONS = ("--hosts", "2", "--seed", "3", "--duration", "30", "--clients", "4")
CHURN = ("run", "churn", *OPTIONS)
# What the harness has journaled when the blow falls.
MOMENTS = {
    "start": b'"kind":"unit-started"',
    "load": b'"phase":"load"',
    "fault": b'"kind":"fault-started"',
}


def _analyze(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "actorproof", "analyze", str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _readable(run: Started) -> int:
    """Every journal can be read up to its last event; how many events there are."""
    assert run.folder is not None
    count = 0
    for path in (run.folder / "raw").glob("*.jsonl"):
        events = read_journal(path)
        assert [event.seq for event in events] == list(range(len(events)))
        assert len(events) == path.read_bytes().count(b"\n")
        count += len(events)
    return count


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_nothing_but_its_folder(tmp_path: Path, moment: str) -> None:
    need_programs()
    with started(tmp_path, *CHURN) as run:
        run.wait_for(MOMENTS[moment])
        pids = set(run.look())
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
        run.nothing_left()
        assert pids, "no process of the run was ever seen"
        assert run.folder is not None
        assert _readable(run) > 0
        assert not (run.folder / "history.jsonl").exists()
        code, said = _analyze(run.folder)
        assert code == 3
        assert "was killed; its history is not whole" in said
        assert "Traceback" not in said
        assert not (run.folder / "verdicts.json").exists()


@pytest.mark.parametrize(
    ("name", "moment"), [*(("churn", moment) for moment in MOMENTS), ("everything-at-once", "fault")]
)
def test_an_interrupted_run_stops_everything(tmp_path: Path, name: str, moment: str) -> None:
    need_programs()
    with started(tmp_path, "run", name, *OPTIONS) as run:
        run.wait_for(MOMENTS[moment])
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(timeout=PATIENCE_S) == 3
        run.nothing_left()
        assert "actorproof: interrupted" in run.text()
        assert "Traceback" not in run.text(), run.text()
        assert run.folder is not None
        info = json.loads((run.folder / "run.json").read_text())
        assert (info["state"], info["failure"]) == ("failed", "interrupted")
        assert _readable(run) > 0
        code, said = _analyze(run.folder)
        assert code == 3
        assert "failed: interrupted" in said


@pytest.mark.parametrize("moment", MOMENTS)
def test_further_interruptions_change_nothing(tmp_path: Path, moment: str) -> None:
    need_programs()
    with started(tmp_path, *CHURN) as run:
        run.wait_for(MOMENTS[moment])

        def ended() -> bool:
            run.look()
            run.process.send_signal(signal.SIGINT)
            return run.process.poll() is not None

        until(ended)
        assert run.process.returncode == 3, run.text()
        run.nothing_left()
        assert "Traceback" not in run.text(), run.text()


def test_an_ignored_interruption_stays_ignored(tmp_path: Path) -> None:
    quiet = "run", "everything-at-once", "--driver", "simulated", "--duration", "5", "--seed", "1"
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    words = [sys.executable, "-c", ignoring, "-m", "actorproof", *quiet, "--out", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: process.poll() is not None or bool(list(tmp_path.glob("*/run.json"))))
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
    assert list(tmp_path.glob("*/verdicts.json"))


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    need_programs()
    quiet = ("run", "everything-at-once", "--hosts", "2", "--fault-rate", "off", "--duration", "5", "--clients", "4")
    with (
        started(tmp_path / "one", *quiet, "--seed", "1") as one,
        started(tmp_path / "two", *quiet, "--seed", "2") as two,
    ):
        for run in (one, two):
            until(lambda: all(r.look() is not None and r.process.poll() is not None for r in (one, two)))
            assert run.process.wait() in {0, 2}, run.text()
            run.nothing_left()
            assert run.folder is not None
            document = json.loads((run.folder / "verdicts.json").read_text())
            assert [g["id"] for g in document["guarantees"] if g["outcome"] == "violated"] == []
        assert len({os.path.basename(run.folder) for run in (one, two) if run.folder}) == 2  # noqa: PTH119
