"""Commands for a cluster that stays say in one line what is wrong, and start nothing then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.run.standing.spec import Spec
from actorproof.harness.run.standing.standing import KEEPER, standing
from actorproof.harness.session.scenario import Options

from .conftest import Actorproof


@contextmanager
def silent_keeper(folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is found as a cluster's keeper, and never answers."""
    spec = Spec(
        name=name,
        folder=str(folder / name),
        limit_s=60,
        topology=Topology(),
        guarantees=("turns",),
        options=Options(seed=1, dapr_path=Path("/nowhere")),
    )
    program = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, KEEPER, spec.encode()]) as process:
        try:
            while not any(each.pid == process.pid for each in standing()):
                assert process.poll() is None
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("up", "--limit", 0), "limit is 0 s: choose more than 0 and at most a day"),
        (("up", "--driver", "simulated"), "the simulated runtime has no time of its own to stay in"),
        (("up", "--hosts", 0), "hosts is 0: choose 1 to 10"),
        (("up", "nowhere"), "scenario nowhere is unknown"),
        (("up", "nowhere.toml"), "nowhere.toml can't be read"),
        *(
            ((*words, "--cluster", "nowhere"), "no cluster nowhere is up")
            for words in (
                ("load",),
                ("fault", "kill", "host-1"),
                ("heal",),
                ("add-host",),
                ("status",),
                ("verdict",),
                ("down",),
            )
        ),
    ],
)
def test_wrong_usage(actorproof: Actorproof, tmp_path: Path, words: tuple[object, ...], said: str) -> None:
    answer = actorproof(*words)
    assert (answer.code, answer.out) == (64, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_of_two_clusters_one_has_to_be_named(actorproof: Actorproof, tmp_path: Path) -> None:
    first, second = f"one-{os.getpid()}", f"two-{os.getpid()}"
    with silent_keeper(tmp_path, first), silent_keeper(tmp_path, second):
        said = actorproof("status")
        assert said.code == 64
        assert first in said.err
        assert "name one with --cluster" in said.err
        assert actorproof("up", "--name", second).err.startswith(f"actorproof: cluster {second} is up already")
        assert first in actorproof("doctor").out


def test_a_cluster_that_does_not_answer_is_ended(actorproof: Actorproof, tmp_path: Path) -> None:
    name = f"deaf-{os.getpid()}"
    with silent_keeper(tmp_path, name) as process:
        said = actorproof("heal", "f1", "--cluster", name)
        assert said.code == 64
        said = actorproof("add-host", "--cluster", name)
        assert said.code == 3
        assert f"cluster {name} is not up yet, or goes down: try again in a moment" in said.err
        said = actorproof("down", name)
        assert said.code == 3
        assert f"cluster {name} is down; its run was not recorded to its end" in said.out
        assert all(each.pid != process.pid for each in standing())
