"""The fixtures of the pytest plugin, as a user's own tests have them: a real cluster, faults, and claims about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.harness.run.standing.standing import standing
from tests.waiting import until

from .support import PATIENCE_S, need_programs

pytestmark = pytest.mark.live

OF_A_USER = """
import json
import urllib.request

import pytest


def test_turns_survive_the_death_of_a_host(actorproof_cluster):
    url = f"{actorproof_cluster.url('host-1')}/v1.0/healthz"
    assert urllib.request.urlopen(url, timeout=20).status == 204
    with actorproof_cluster.load(clients=2), actorproof_cluster.fault("kill", "host-2"):
        pass
    actorproof_cluster.assert_guarantee("durability")


def test_what_was_not_tried_is_not_claimed(actorproof_cluster):
    with pytest.raises(BaseException, match="not judged here"):
        actorproof_cluster.assert_guarantee("timers")
"""
KILLED = """
import os, signal


def test_pytest_dies(actorproof_cluster):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def say(folder: Path, *words: str) -> tuple[int, str]:
    (folder / "tmp").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", f"--actorproof-out={folder / 'out'}", *words],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
        capture_output=True,
        text=True,
        timeout=8 * PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def left_behind(folder: Path) -> list[object]:
    clusters = [each for each in standing() if each.spec.folder.startswith(str(folder))]
    return [*clusters, *(each for each in (folder / "tmp").iterdir() if not each.name.startswith("pytest-of"))]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_tests_of_a_module_share_one_cluster(tmp_path: Path, workers: str) -> None:
    need_programs()
    (tmp_path / "test_mine.py").write_text(OF_A_USER)
    code, said = say(tmp_path, "-n", workers, "test_mine.py")
    assert code == 0, said
    runs = [each for each in (tmp_path / "out").iterdir() if not each.is_symlink()]
    assert len(runs) == 1, "one run, whoever asks first"
    assert (runs[0] / "report.html").is_file(), said
    assert not left_behind(tmp_path)


def test_a_cluster_goes_with_the_pytest_that_started_it(tmp_path: Path) -> None:
    need_programs()
    (tmp_path / "test_killed.py").write_text(KILLED)
    code, said = say(tmp_path, "test_killed.py")
    assert code == -signal.SIGKILL, said
    until(lambda: not left_behind(tmp_path), what="the cluster is left")
