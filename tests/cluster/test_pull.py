"""Images are pulled from a real registry, and a registry that can't be used costs little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.core.config import testcontainers_config

from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.choice import choose
from actorproof.harness.drivers.docker import inquiry
from actorproof.harness.drivers.docker.driver import DockerDriver
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.errors import EngineError
from actorproof.harness.provision.images import kinds
from actorproof.harness.provision.pull import Puller
from actorproof.harness.session.scenario import Options
from tests.progress import Told

from .registry import registry, silent_registry
from .second_engine import SecondEngine, second_engine

pytestmark = pytest.mark.live

KINDS = kinds(DEFAULT_VERSION)


@pytest.fixture
def second(short: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecondEngine]:
    """An engine without images."""
    with second_engine(short, size="64m") as started:
        monkeypatch.setenv("DOCKER_HOST", started.host)
        yield started


@pytest.fixture
def engine(second: SecondEngine) -> Iterator[Engine]:
    """A connection to it."""
    del second  # is up, and DOCKER_HOST names it
    found = Engine.connect()
    yield found
    found.close()


def published(engine: Engine, second: SecondEngine, address: str) -> dict[str, str]:
    """Have the registry, and only it, hold an image of every kind, and one more; references by kind."""
    references = {kind.name: f"{address}/{kind.name}:test" for kind in KINDS}
    for reference in (*references.values(), f"{address}/ryuk:test"):
        second.import_image(engine, reference)
        said = engine.client.images.push(reference)
        assert "error" not in said, said
        engine.client.images.remove(reference)
    assert engine.client.images.list() == []
    return references


def image_options(references: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={reference}" for name, reference in references.items())


def test_auto_and_docker_pull_what_is_missing(
    engine: Engine, second: SecondEngine, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    # The images hold one file each, and have no program to ask.
    monkeypatch.setattr(inquiry, "asked", lambda _engine, images, **_options: images)
    with registry(second, short) as address:
        monkeypatch.setattr(testcontainers_config, "ryuk_image", f"{address}/ryuk:test")
        images = image_options(published(engine, second, address))
        driver = choose(Options(seed=1, driver="auto", images=images), progress=told)
        assert isinstance(driver, DockerDriver)
        driver.engine.close()
    names = [*(kind.name for kind in KINDS), "ryuk"]
    assert told.lines[:-1] == [f"{name}: pulling {address}/{name}:test" for name in names]
    assert told.lines[-1].startswith("driver docker: ")
    assert len(driver.pulled) == len(KINDS)
    assert {program.origin for program in driver.programs} >= {
        f"image {address}/{kind.name}:test, named by option --image" for kind in KINDS
    }
    # It was pulled, and nothing in it can run.
    (own,) = [program.origin for program in driver.programs if program.name == "reaper"]
    assert own.startswith("the harness's own; no Ryuk beside it: can't start it: ")
    # The registry is gone, and is not missed.
    told = Told()
    driver = choose(Options(seed=1, driver="docker", images=images), progress=told)
    assert isinstance(driver, DockerDriver)
    assert (driver.pulled, told.lines) == ((), [])
    driver.engine.close()


def test_an_image_that_the_registry_has_not(engine: Engine, second: SecondEngine, short: Path) -> None:
    with registry(second, short) as address:
        images = {**published(engine, second, address), "scheduler": f"{address}/scheduler:other"}
        with pytest.raises(
            EngineError,
            match=rf"image {address}/scheduler:other that option --image names for scheduler is missing and can't pull"
            r" it \(manifest for .* not found",
        ):
            choose(Options(seed=1, driver="docker", images=image_options(images)), progress=Told())


def test_a_registry_that_says_nothing_is_waited_for_once(engine: Engine, second: SecondEngine) -> None:
    told = Told()
    with silent_registry(second) as address:
        puller = Puller(engine, progress=told.phase, silence_s=1.0)
        assert not puller.pull(f"{address}/daprd:1", name="daprd")
        assert not puller.pull(f"{address}/redis:1", name="redis")
    assert puller.refusals == dict.fromkeys(
        (f"{address}/daprd:1", f"{address}/redis:1"), f"{address} does not answer within 1 s"
    )
    assert told.lines == [f"daprd: pulling {address}/daprd:1"]


def test_time_for_pulling_is_limited(engine: Engine, second: SecondEngine, short: Path) -> None:
    with registry(second, short) as address:
        reference = published(engine, second, address)["daprd"]
        puller = Puller(engine, progress=Told().phase, limit_s=0.0)
        assert not puller.pull(reference, name="daprd")
    assert puller.refusals == {reference: "all images together may take 0 s"}


def test_disk_full_while_pulling(engine: Engine, second: SecondEngine, short: Path) -> None:
    with registry(second, short) as address:
        reference = published(engine, second, address)["daprd"]
        second.fill()
        with pytest.raises(EngineError, match=rf"can't pull {reference}: the engine's disk is full; free some"):
            Puller(engine, progress=Told().phase).pull(reference, name="daprd")
