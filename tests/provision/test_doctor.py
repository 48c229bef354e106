from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actorproof.harness.provision.doctor import Row, State, examine, leftovers
from actorproof.harness.provision.programs import provide
from tests.cluster.fake_engine import Answers, fake_engine

if TYPE_CHECKING:
    from tests.provision.conftest import Machine


def rows(*versions: str) -> dict[str, Row]:
    found = examine(versions=versions)
    assert len({row.name for row in found}) == len(found)
    return {row.name: row for row in found}


def test_a_machine_with_nothing(machine: Machine) -> None:
    found = rows("1.18.2", "1.12.0")
    assert list(found) == [
        *("Python", "pip", "make", "Go", "redis-server", "postgres", "toxiproxy", "witness"),
        *("placement 1.18.2", "scheduler 1.18.2", "daprd 1.18.2", "placement 1.12.0", "daprd 1.12.0"),
        *("Docker engine", "Cache", "Disk"),
    ]
    assert found["Python"].state is State.HERE
    assert found["make"].state is State.OPTIONAL
    assert found["Docker engine"].state is State.OPTIONAL
    assert found["postgres"].state is State.OPTIONAL
    assert "apt-get install postgresql" in found["postgres"].remedy
    assert found["Go"].state is State.MAKEABLE
    assert found["daprd 1.12.0"].state is State.MAKEABLE
    assert found["daprd 1.12.0"].remedy == "actorproof setup --dapr 1.12.0"
    assert not machine.cache.exists()


@pytest.mark.usefixtures("equipped")
def test_a_machine_that_was_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(version="1.18.2", progress=lambda _line: None)
    redis: Answers = {("GET", "/images/redis:7/json"): (200, {"Id": "sha256:redis"})}
    with tempfile.TemporaryDirectory(prefix="ap-") as short, fake_engine(Path(short), redis) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        found = rows("1.18.2", "1.16.0")
    assert all(found[name].state is State.HERE for name in ("Go", "redis-server", "toxiproxy", "daprd 1.18.2"))
    assert found["daprd 1.16.0"].state is State.MAKEABLE
    assert "built from the Go module" in found["daprd 1.18.2"].detail
    assert found["Docker engine"].detail.startswith("24.0.0, API 1.43, ")
    assert found["Docker images"].state is State.MAKEABLE
    assert found["Docker images"].detail.startswith("daprd, placement, ")
    assert "redis" not in found["Docker images"].detail
    assert found["Docker images"].remedy == "actorproof setup --images"


@pytest.mark.usefixtures("equipped")
def test_a_damaged_program_says_so() -> None:
    found = provide(version="1.18.2", progress=lambda _line: None)
    found["daprd"].path.write_bytes(b"")
    row = rows("1.18.2")["daprd 1.18.2"]
    assert row.state is State.MAKEABLE
    assert "was changed since it was made" in row.detail


def test_wrong_options_are_rows_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTORPROOF_DAPRD", str(machine.home))
    monkeypatch.setenv("ACTORPROOF_GO", str(machine.home))
    found = rows("1.18.2")
    assert found["daprd 1.18.2"].state is State.MISSING
    assert found["daprd 1.18.2"].remedy == "correct or unset it"
    assert found["Go"].state is State.MISSING


def test_a_version_without_a_module(machine: Machine) -> None:
    (machine.modules / "dapr-1.16.0" / "go.sum").unlink()
    row = rows("1.16.0")["daprd 1.16.0"]
    assert row.state is State.MISSING
    assert "--dapr-path" in row.remedy


def test_what_is_no_placement_is_not_here(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTORPROOF_PLACEMENT", "/bin/true")
    row = rows("1.18.2")["placement 1.18.2"]
    assert row.state is State.MISSING
    assert "/bin/true" in row.detail
    assert "does not answer as placement does" in row.detail


def start_ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])


def scratch(root: Path, name: str, *, owner: tuple[int, int], units: list[tuple[str, int, int]]) -> Path:
    folder = root / f"actorproof-{name}"
    folder.mkdir()
    (folder / "owner.json").write_text(json.dumps({"pid": owner[0], "start": owner[1]}), encoding="utf-8")
    lines = [json.dumps({"unit": unit, "incarnation": 1, "pid": pid, "start": start}) for unit, pid, start in units]
    (folder / "units.jsonl").write_text("\n".join([*lines, '{"unit": "to']), encoding="utf-8")
    return folder


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells a pid from its reuse by /proc")
def test_leftovers_of_dead_runs(tmp_path: Path) -> None:
    me = (os.getpid(), start_ticks(os.getpid()))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as sleeper:
        try:
            started = start_ticks(sleeper.pid)
            scratch(tmp_path, "alive", owner=me, units=[("store", sleeper.pid, started)])
            # The owner's pid belongs to another process now.
            reused = (me[0], me[1] - 1)
            units = [("store", sleeper.pid, started), ("host-1/app", sleeper.pid, started - 1), ("gone", 2**22 + 1, 5)]
            dead = scratch(tmp_path, "dead", owner=reused, units=units)
            (tmp_path / "actorproof-made-just-now").mkdir()
            (tmp_path / "other").mkdir()
            (found,) = leftovers(root=tmp_path)
        finally:
            sleeper.kill()
    assert found.path == dead
    assert found.owner_pid == me[0]
    assert [(survivor.unit, survivor.pid) for survivor in found.survivors] == [("store", sleeper.pid)]
    assert found.pids == (sleeper.pid,)
    assert found.size > 0
    assert f"end these processes (store {sleeper.pid})" in found.remedy
    assert str(dead) in found.remedy


def test_nothing_is_left(tmp_path: Path) -> None:
    assert leftovers(root=tmp_path) == ()
