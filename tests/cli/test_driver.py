"""Which driver a run gets, and what is said when it can't be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.drivers.choice import choose
from actorproof.harness.drivers.process.driver import ProcessDriver
from actorproof.harness.session.scenario import Options
from tests.cluster.fake_engine import Answers, fake_engine
from tests.progress import Told

from .conftest import Actorproof

IMAGES = (
    *("daprio/daprd:1.18.2", "daprio/placement:1.18.2", "daprio/scheduler:1.18.2", "redis:7"),
    *("ghcr.io/shopify/toxiproxy:2.12.0", "actorproof-local/python:{python}", "actorproof-local/sandbox:bookworm"),
)


def all_images() -> Answers:
    import sys  # noqa: PLC0415

    python = ".".join(map(str, sys.version_info[:2]))
    return {("GET", f"/images/{name.format(python=python)}/json"): (200, {"Id": f"sha256:{name}"}) for name in IMAGES}


def test_auto_is_docker_where_an_engine_has_all_images(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    told = Told()
    with fake_engine(short, all_images()) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        driver = choose(Options(seed=1, driver="auto"), progress=told)
    assert driver.name == "docker"
    assert told.lines == ["driver docker: an engine answers and has all images"]
    origins = {program.name: program.origin for program in driver.programs}
    assert origins["daprd"] == "image daprio/daprd:1.18.2, published"
    assert origins["sandbox"] == "image actorproof-local/sandbox:bookworm, made on this machine"
    assert origins["reaper"] == "the harness's own; no Ryuk beside it: the engine lacks its image"
    assert "ryuk" not in origins
    driver.engine.close()  # type: ignore[attr-defined]  # the docker driver's


@pytest.mark.usefixtures("no_programs")
def test_auto_is_process_and_says_why(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    told = Told()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{short}/nothing.sock")
    assert isinstance(choose(Options(seed=1, driver="auto"), progress=told), ProcessDriver)
    with fake_engine(short, {}) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert isinstance(choose(Options(seed=1, driver="auto"), progress=told), ProcessDriver)
    assert told.lines[0].startswith("driver process: can't reach the Docker engine at unix://")
    assert told.lines[0].endswith("no engine answers there")
    assert told.lines[1] == "daprd: pulling daprio/daprd:1.18.2"
    assert told.lines[2].startswith("driver process: the engine lacks 7 images (daprio/daprd:1.18.2, ")
    # Without all of them docker can't be: no other is tried.
    assert told.lines[2].endswith(") and can't pull them (No such image: /images/create)")
    assert len(told.lines) == 3


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        (None, "no engine answers there; start dockerd"),
        ({}, "lacks 7 images"),
        ({("GET", "/version"): (200, {"ApiVersion": "1.40"})}, "too old"),
    ],
)
def test_named_docker_that_can_not_be(
    actorproof: Actorproof,
    monkeypatch: pytest.MonkeyPatch,
    short: Path,
    answers: Answers | None,
    text: str,
) -> None:
    with fake_engine(short, answers or {}) as host:
        monkeypatch.setenv("DOCKER_HOST", host if answers is not None else f"{host}.not")
        said = actorproof("run", "churn", "--driver", "docker", "--out", short / "out")
    assert said.code == 3
    (line,) = [line for line in said.err.splitlines() if line.startswith("actorproof: ")]
    assert text in line
    assert "Traceback" not in said.err
    assert not (short / "out").exists()
