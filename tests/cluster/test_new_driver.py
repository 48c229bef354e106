"""A driver is one folder: it is known by its name, chosen, and run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import actorproof.harness.drivers as package
from actorproof.harness.drivers import registry
from actorproof.harness.drivers.choice import choose
from actorproof.harness.errors import UsageError
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.kill_and_recover import SCENARIO

# As a newcomer writes it: another way to bring the simulated runtime to life.
FILE = '''
"""Making: a driver for dreams."""

from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.runtimes.registry import simulable


class Dream(SimulatedDriver):
    name = "dream"


def make(options, *, progress, application):
    return Dream(seed=options.seed, runtime=simulable("simulated"))
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "drivers" / "dream").mkdir(parents=True)
    (tmp_path / "drivers" / "dream" / "making.py").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "drivers")])
    registry.names.cache_clear()
    yield
    registry.names.cache_clear()


def test_a_driver_is_one_folder(tmp_path: Path) -> None:
    assert registry.names() == ("docker", "dream", "process", "simulated")
    options = Options(seed=1, driver="dream", duration_s=2.0, clients=2)
    assert choose(options, progress=Silent()).name == "dream"
    finished = running.run([SCENARIO], options, name="dreamt", out=tmp_path / "out", progress=Silent())
    assert finished.report.run.driver == "dream"


def test_another_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="driver podman is unknown: choose one of auto, docker, dream, process, simu"):
        Options(seed=1, driver="podman")
