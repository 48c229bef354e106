"""What is said when a real engine can't carry a run: one line, exit code 3, and nothing of the run stays in it.

What needs no real engine, such as one that is not there or too old, is in test_driver.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.types import IPAMConfig, IPAMPool  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.ground import LABEL, SUBNETS
from tests.cluster.second_engine import SecondEngine, second_engine

from .conftest import Actorproof, Said

pytestmark = pytest.mark.live

RUN = ("run", "churn", "--driver", "docker", "--out", "out")
# Loads what it needs, and only then is nobody: the interpreter may be where nobody can read.
AS_NOBODY = """
import os
from actorproof.harness.cli import app, runs
from actorproof.harness.cli import main as cli
from actorproof.harness.drivers.docker import driver as docker
from actorproof.harness.provision import images, pull
from actorproof.harness.runtimes.dapr import runtime  # a Python in a home of root is out of reach later
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
cli.main()
"""


@pytest.fixture
def second(short: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SecondEngine, Engine]]:
    """An engine that the run will use, with little room on its disk, and a connection to it."""
    with second_engine(short, size="64m") as started:
        monkeypatch.setenv("DOCKER_HOST", started.host)
        engine = Engine.connect()
        yield started, engine
        engine.close()


def the_line(said: Said) -> str:
    """The one line that says what is wrong."""
    assert said.code == 3
    assert "Traceback" not in said.err, said.err
    (line,) = [line for line in said.err.splitlines() if line.startswith("actorproof: ")]
    return line


def left(engine: Engine) -> list[str]:
    filters = {"label": LABEL}
    found = (engine.client.containers.list(all=True, filters=filters), engine.client.networks.list(filters=filters))
    return [each.name for kind in found for each in kind]


def test_no_images(actorproof: Actorproof, second: tuple[SecondEngine, Engine], tmp_path: Path) -> None:
    line = the_line(actorproof(*RUN))
    assert "the engine lacks 7 images (daprio/daprd:1.18.2, " in line
    assert ") and can't pull them (docker.io does not answer): run `actorproof setup --images" in line
    assert left(second[1]) == []
    assert not (tmp_path / "out").exists()


def test_named_image_missing(actorproof: Actorproof, second: tuple[SecondEngine, Engine]) -> None:
    second[0].import_all(second[1])
    line = the_line(actorproof(*RUN, "--image", "redis=127.0.0.1:1/mine:2"))
    assert "the image 127.0.0.1:1/mine:2 that option --image names for redis is missing and can't pull it" in line
    assert "(127.0.0.1:1 does not answer): pull or build it, or leave the name out" in line
    assert left(second[1]) == []


def test_no_subnet_is_free(actorproof: Actorproof, second: tuple[SecondEngine, Engine]) -> None:
    second[0].import_all(second[1])
    config = IPAMConfig(pool_configs=[IPAMPool(subnet=str(SUBNETS))])
    second[1].client.networks.create("greedy", ipam=config)
    line = the_line(actorproof(*RUN))
    assert "can't make the run's network: every subnet for it is in use; remove networks that nobody needs" in line
    assert left(second[1]) == []


def test_disk_full(actorproof: Actorproof, second: tuple[SecondEngine, Engine]) -> None:
    second[0].import_all(second[1])
    second[0].fill()
    line = the_line(actorproof(*RUN))
    assert "can't make the run's network: the engine's disk is full; free some" in line
    assert left(second[1]) == []


def test_images_that_can_not_run(actorproof: Actorproof, second: tuple[SecondEngine, Engine]) -> None:
    second[0].import_all(second[1])
    line = the_line(actorproof(*RUN))
    # The sandboxes end as soon as they are made: which is missed first is chance.
    said = r"the sandbox that holds the network of \S+ has ended; name an image for it that has sleep and iptables \("
    assert re.search(said, line), line
    assert left(second[1]) == []


def test_no_permission(second: tuple[SecondEngine, Engine], short: Path) -> None:
    short.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *RUN], capture_output=True, text=True, cwd="/", env=os.environ, check=False
    )
    line = the_line(Said(done.returncode, done.stdout, done.stderr))
    assert "this user may not use it; add the user to the group docker, or run as root" in line
    assert left(second[1]) == []
