"""Ground stands on a reaper that watches, or not at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from actorproof.harness.drivers.docker import reaper
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.ground import LABEL, Ground
from actorproof.harness.errors import EngineError

from .containers import PROXY, engine
from .fake_engine import Answers, fake_engine


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("raise SystemExit('no memory left')", "no memory left"),
        ("import os, time\nos.close(0)\ntime.sleep(600)", "it says nothing"),
    ],
)
def test_without_a_reaper_nothing_is_made(monkeypatch: pytest.MonkeyPatch, short: Path, script: str, says: str) -> None:
    (short / "reaper.py").write_text(script)
    monkeypatch.setattr(reaper, "__file__", str(short / "reaper.py"))
    asked: list[tuple[str, str]] = []
    with fake_engine(short, {}, asked=asked) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        found = Engine.connect()
        with pytest.raises(EngineError, match=rf"reaper process does not come up \({says}\): nothing was made"):
            Ground.open(found, scratch=short / "scratch", proxy=PROXY)
        found.close()
    assert ("POST", "/networks/create") not in asked
    assert not (short / "scratch").exists()


def networks(found: Engine) -> set[str]:
    return {each.name for each in found.client.networks.list(filters={"label": f"actorproof.owner={os.getpid()}"})}


@pytest.mark.live
def test_a_reaper_that_dies_while_the_network_is_made_takes_it_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connect = Ground._connect  # noqa: SLF001 - a death at this very step comes by no other way
    made: set[str] = set()

    def then_kill(self: Ground, proxy: str) -> None:
        connect(self, proxy)
        made.update(networks(self.engine))
        os.kill(self.reaper_pid, signal.SIGKILL)
        self._process.wait()

    monkeypatch.setattr(Ground, "_connect", then_kill)
    with engine() as found:
        before = networks(found)
        with pytest.raises(EngineError, match="reaper process has died"):
            Ground.open(found, scratch=tmp_path / "scratch", proxy=PROXY)
        assert len(made - before) == 1
        assert networks(found) == before
    assert not (tmp_path / "scratch").exists()


@pytest.mark.live
def test_what_a_dead_reaper_can_not_remove_is_removed_by_close(tmp_path: Path) -> None:
    with engine() as found:
        ground = Ground.open(found, scratch=tmp_path / "scratch", proxy=PROXY)
        os.kill(ground.reaper_pid, signal.SIGKILL)
        ground.close()
        assert not ground.left
        assert found.client.networks.list(filters={"label": f"{LABEL}={ground.run}"}) == []
    assert not (tmp_path / "scratch").exists()


def test_what_the_engine_keeps_is_told(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    monkeypatch.setattr(reaper, "SWEEP_S", 0.5)
    monkeypatch.setattr(Ground, "_connect", lambda *_: None)
    with fake_engine(short, {("GET", "/networks"): (200, [{"Id": "n1"}])}) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        found = Engine.connect()
        ground = Ground.open(found, scratch=short / "scratch", proxy=PROXY)
        os.kill(ground.reaper_pid, signal.SIGKILL)
        ground.close()
        found.close()
    assert ground.left


def test_containers_leave_their_network_one_by_one_and_units_go_first(
    monkeypatch: pytest.MonkeyPatch, short: Path
) -> None:
    monkeypatch.setattr(reaper, "SWEEP_S", 0.2)
    asked: list[tuple[str, str]] = []
    answers: Answers = {
        ("GET", "/containers/json"): (200, [{"Id": name} for name in ("box-1", "unit", "box-2")]),
        ("GET", "/networks"): (200, [{"Id": "net"}]),
        ("GET", "/networks/net"): (200, {"Containers": {"box-2": {}, "box-1": {}}}),
    }
    with fake_engine(short, answers, asked=asked) as host:
        assert not reaper.sweep(host.removeprefix("unix://"), "a=b", looks=1)
    changes = [f"{method} {path}" for method, path in asked if method != "GET"]
    assert changes[:3] == [
        "DELETE /containers/unit",
        "POST /networks/net/disconnect",
        "POST /networks/net/disconnect",
    ]
    assert sorted(changes[3:5]) == ["DELETE /containers/box-1", "DELETE /containers/box-2"]
    assert changes[5] == "DELETE /networks/net"
