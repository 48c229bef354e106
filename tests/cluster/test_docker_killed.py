"""However the harness ends, no container, network, volume or scratch folder of its cluster outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.ground import LABEL
from actorproof.harness.drivers.docker.orphans import orphans
from actorproof.harness.drivers.docker.reaper import sweep
from tests.waiting import until

from .containers import engine

ROOT = Path(__file__).parents[2]

HARNESS = """
import asyncio, json, sys, time
from pathlib import Path
from tests.cluster import containers
folder = Path(sys.argv[1])
async def main():
    with containers.ground(folder) as ground:
        rig = containers.rig(folder, ground, proxied=True)
        print(json.dumps([ground.run, ground.reaper_pid]), flush=True)
        await rig.cluster.up()
        await rig.cluster.pause(rig.server)
        print("up", flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


def left(found: Engine, run: str) -> list[str]:
    """Names of everything of a run that the engine has."""
    filters = {"label": f"{LABEL}={run}"}
    containers = [each.name for each in found.client.containers.list(all=True, filters=filters, ignore_removed=True)]
    networks = [each.name for each in found.client.networks.list(filters=filters)]
    return [*containers, *networks, *(each.name for each in found.client.volumes.list(filters=filters))]


@contextmanager
def harness(folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str, int]]:
    """A harness that brings a cluster up and leaves it so; its run and its reaper's pid."""
    command = [sys.executable, "-c", HARNESS, str(folder)]
    env = os.environ | {"PYTHONPATH": "."} | environment
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=env) as process:
        try:
            assert process.stdout is not None
            run, reaper = json.loads(process.stdout.readline())
            yield process, run, reaper
        finally:
            process.kill()


def brought_up(process: subprocess.Popen[bytes]) -> bool:
    """Wait until its cluster is up."""
    assert process.stdout is not None
    return process.stdout.readline() == b"up\n"


@pytest.mark.live
def test_doctor_names_what_is_left_when_the_reaper_was_killed_too(tmp_path: Path) -> None:
    with engine() as found:
        with harness(tmp_path) as (process, run, reaper):
            assert run not in {each.run for each in orphans(found)}
            os.kill(reaper, signal.SIGKILL)
        (each,) = [each for each in orphans(found) if each.run == run]
        assert each.owner_pid == process.pid
        assert each.networks == (f"actorproof-{run}",)
        assert f"docker network rm actorproof-{run}" in each.remedy
        assert sweep(str(found.path), f"{LABEL}={run}", looks=3)
        assert left(found, run) == []


@pytest.mark.live
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGKILL, "at the start"),
        (signal.SIGKILL, "half way"),
        (signal.SIGKILL, "when up"),
        (signal.SIGTERM, "half way"),
        (signal.SIGTERM, "when up"),
    ],
)
def test_nothing_outlives_the_harness(tmp_path: Path, number: signal.Signals, when: str) -> None:
    with engine() as found:
        with harness(tmp_path) as (process, run, reaper):
            assert left(found, run)
            if when == "half way":
                until(lambda: len(left(found, run)) > 2)
            elif when == "when up":
                assert brought_up(process)
            process.send_signal(number)
            process.wait()
        until(lambda: not left(found, run))
        # Nothing comes after: the reaper looks for what was still on its way, and only then ends.
        until(lambda: not Path(f"/proc/{reaper}").exists())
        assert left(found, run) == []
        assert not (tmp_path / "scratch").exists()
