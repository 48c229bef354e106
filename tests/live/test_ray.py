"""Ray under the same judge: what is known to be broken turns red for its right cause, and nothing of a run stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import ProvisionError
from actorproof.harness.progress import Silent
from actorproof.harness.provision.programs import provide
from actorproof.harness.run import run as running
from actorproof.harness.runtimes.registry import deployable
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Heal, Inject, Plan, Wait
from actorproof.scenarios.two_caller_processes import SCENARIO as TWO_CALLERS

from .support import started

pytestmark = pytest.mark.live

KILLED = Scenario(
    name="small-kill",
    summary="a node with one actor is killed",
    guarantees=("durability",),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=2, actors=1, fickle=0, probes=1, mix={"ledger": 1}),
    plan=lambda _: Plan(
        steps=(
            Wait(for_s=15.0),
            Inject(id="f1", verb="kill", target="host-1/node"),
            Wait(for_s=1.0),
            Heal(id="f1"),
            Wait(for_s=15.0),
        )
    ),
    duration_s={"quick": 10, "standard": 10, "soak": 10},
    timed=False,
    whole_plan=True,
)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """Actors and summaries of what is broken; the causes of all that the run broke, as they are told."""

    found: set[tuple[str, str]]
    causes: list[str]


def need(runtime: str) -> None:
    """Skip where Ray's Python would have to be made first."""
    try:
        provide(version=deployable(runtime).tried[0], progress=lambda _: None, build=False, runtime=runtime)
    except ProvisionError as error:
        pytest.skip(str(error))


def broken(scenario: Scenario, *, runtime: str, guarantee: str, out: Path, seed: int = 1) -> Broken:
    """What a run of a scenario breaks of a guarantee, and what it is laid to."""
    need(runtime)
    tried = deployable(runtime)
    options = Options(seed=seed, runtime=runtime, version=tried.tried[0], store=tried.stores[0])
    done = running.run([scenario], options, name=scenario.name, out=out, progress=Silent())
    judged = json.loads((done.folder / "verdicts.json").read_bytes())
    return Broken(
        found={
            (each["actor"], each["summary"])
            for one in judged["guarantees"]
            if one["id"] == guarantee
            for each in one["violations"]
        },
        causes=[each["id"] for each in judged["causes"]],
    )


def test_plain_actors_lose_what_they_acknowledged_when_their_process_is_killed(tmp_path: Path) -> None:
    run = broken(KILLED, runtime="ray", guarantee="durability", out=tmp_path)
    assert "Ledger/l0" in {actor for actor, _ in run.found}
    assert run.causes[0] == "state-ends-with-its-process"


def test_two_drivers_of_workflows_go_on_from_one_state_of_an_actor(tmp_path: Path) -> None:
    # A race, so it may take more than one run; which guarantee shows it, durability or linearizability, differs.
    seeds = range(1, 4)
    runs = (broken(TWO_CALLERS, runtime="ray-workflow", guarantee="durability", out=tmp_path, seed=n) for n in seeds)
    assert any("two-drivers-fork-an-actor" in run.causes for run in runs)


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, since Ray's sockets stand below it."""
    path = Path(tempfile.mkdtemp(prefix="ray-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_a_killed_run_leaves_no_process_and_no_folder_of_ray(folder: Path) -> None:
    need("ray-workflow")
    words = ("run", "one-call-at-a-time", "--runtime", "ray-workflow", "--seed", "3", "--duration", "60")
    with started(folder, *words) as run:
        run.wait_for(b'"phase":"load"')
        names = {psutil.Process(pid).name() for pid in run.look() if psutil.pid_exists(pid)}
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
        run.nothing_left()
        assert {"raylet", "gcs_server"} <= names
        session = str(run.temporary).encode()
        assert [pid for pid in psutil.pids() if session in _environment(pid)] == []


def _environment(pid: int) -> bytes:
    """What a process was started with, as far as it may be read."""
    try:
        return b"" if pid == os.getpid() else Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
