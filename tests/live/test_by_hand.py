"""A cluster that stays: it takes load and faults by hand, is judged as it goes on, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import docker  # type: ignore[import-untyped]  # the library has no types
import psutil
import pytest

from actorproof.called import called
from actorproof.harness.drivers.docker.ground import OWNER
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.standing.standing import Standing, standing
from actorproof.harness.workload.step import Heal, Inject, StartLoad
from tests.cluster.containers import images
from tests.waiting import until

from .support import PATIENCE_S, need_programs

pytestmark = pytest.mark.live
NAME = f"test-{os.getpid()}"


@dataclass
class Hand:
    """Commands for clusters in a temporary folder of their own."""

    folder: Path

    def say(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "actorproof", *words],
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE_S,
            check=False,
            env={**os.environ, "TMPDIR": str(self.folder / "tmp"), "ACTORPROOF_CLUSTER": NAME},
        )
        return done.returncode, done.stdout + done.stderr

    def up(self, *words: str, driver: str = "process") -> tuple[int, str]:
        out = str(self.folder / "out")
        return self.say("up", "--name", NAME, "--hosts", "2", "--driver", driver, "--out", out, *words)

    def one(self) -> Standing:
        (found,) = (each for each in standing() if each.spec.name == NAME)
        return found

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.one().pid).children(recursive=True)


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    need_programs()
    (tmp_path / "tmp").mkdir()
    yield Hand(tmp_path)
    for each in standing():
        if each.spec.folder.startswith(str(tmp_path)):
            os.kill(each.pid, signal.SIGKILL)


def gone(hand: Hand, processes: list[psutil.Process]) -> None:
    """No process of the cluster is left, and nothing in the folder for temporary files."""
    until(lambda: not any(process.is_running() for process in processes), what=f"{processes} are left")
    until(lambda: not any((hand.folder / "tmp").iterdir()), what="a scratch folder is left")
    until(lambda: all(each.spec.name != NAME for each in standing()), what="its keeper is left")


def test_load_and_faults_by_hand_are_judged_and_can_be_done_again(hand: Hand) -> None:
    code, said = hand.up()
    assert code == 0, said
    processes = hand.processes()
    assert hand.up()[0] == 64, "the name is taken"
    code, said = hand.say("load", "--clients", "4")
    assert (code, said.splitlines()[0]) == (0, f"load-1: 4 clients; stop it with {called()} load --stop load-1")
    code, said = hand.say("fault", "kill", "host-2")
    assert code == 0
    assert said.startswith("f1: kill host-2, host-2/sidecar pid ")
    code, said = hand.say("status")
    assert "host-2  down         down     0" in said
    assert "in place: f1: kill host-2" in said
    assert hand.say("heal", "f7")[0] == 64
    assert hand.say("heal") == (0, "f1: kill host-2 healed\n")
    code, said = hand.say("add-host")
    assert said.startswith("f2: add host-3, host-3/app pid "), said
    assert "and all of them run" in hand.say("add-host")[1]
    code, said = hand.say("verdict")
    assert (code, "so far" in said) == (2, True), said
    code, said = hand.say("down")
    assert code in {0, 2}, said
    assert "report.html" in "".join(said.split())
    gone(hand, processes)
    folder = (hand.folder / "out" / "latest").resolve()
    assert RunFolder.open(folder).read_info().state == "complete"
    kinds = [type(step) for step in RunFolder.open(folder).read_plan().steps if hasattr(step, "id")]
    assert kinds == [StartLoad, Inject, Heal, Inject]


def test_nothing_is_left_when_its_keeper_is_killed(hand: Hand) -> None:
    assert hand.up()[0] == 0
    processes = hand.processes()
    assert len(processes) > 5
    os.kill(hand.one().pid, signal.SIGKILL)
    gone(hand, processes)
    code, said = hand.say("status")
    assert code == 64
    assert f"no cluster {NAME} is up" in said


def test_one_of_containers_takes_faults_and_leaves_none_when_its_keeper_is_killed(hand: Hand) -> None:
    images()
    code, said = hand.up(driver="docker")
    assert code == 0, said
    keeper = hand.one().pid
    label = {"label": f"{OWNER}={keeper}"}
    assert hand.say("fault", "kill", "host-2")[0] == 0
    assert "in place: f1: kill host-2" in hand.say("status")[1]
    assert hand.say("heal") == (0, "f1: kill host-2 healed\n")
    with closing(docker.from_env()) as engine:
        assert len(engine.containers.list(filters=label)) > 5
        os.kill(keeper, signal.SIGKILL)
        until(
            lambda: (
                not engine.containers.list(all=True, filters=label, ignore_removed=True)
                and not engine.networks.list(filters=label)
            ),
            what="a container or a network is left",
        )
    gone(hand, [])


def test_it_goes_down_by_itself_when_its_time_is_up(hand: Hand) -> None:
    assert hand.up("--limit", "2")[0] == 0
    processes = hand.processes()
    gone(hand, processes)
    folder = (hand.folder / "out" / "latest").resolve()
    assert RunFolder.open(folder).read_info().state == "complete"


def test_a_cluster_that_can_not_come_up_says_why(hand: Hand) -> None:
    (hand.folder / "out").write_text("in the way")
    code, said = hand.up()
    assert code == 64
    assert "can't be made (Not a directory): choose another --out" in said
    assert not [each for each in standing() if each.spec.name == NAME]
