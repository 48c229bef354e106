"""Ryuk, where its image is, clears up alone; where it is not, or does not come up, the harness's own reaper does.

The published image is used if the engine has it, else a stand-in that speaks its protocol.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.errors import ImageNotFound  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.drivers.docker import reaper
from actorproof.harness.drivers.docker.engine import Engine
from tests.waiting import until

from .containers import engine, images
from .test_docker_killed import brought_up, harness, left

pytestmark = pytest.mark.live

PUBLISHED = "testcontainers/ryuk:0.8.1"
# Of this process only: others may do the same.
STAND_IN = f"actorproof-test/ryuk:stand-in-{os.getpid()}"
BROKEN = f"actorproof-test/ryuk:broken-{os.getpid()}"
WATCH = """
from actorproof.harness.drivers.docker import ryuk
from actorproof.harness.drivers.docker.engine import Engine
engine = Engine.connect()
found = ryuk.watch(engine)
running = [each.name for each in engine.client.containers.list(filters={"name": "ryuk-"})]
print(found.id, found.absence, running, sep="\\n")
assert ryuk.watch(engine) == found
engine.close()
"""


def build(found: Engine, tag: str, *, command: str) -> None:
    """An image on the applications' Python with the stand-in in it."""
    lines = (f"FROM {images()['python'].id}", "COPY *.py /ryuk/", f"LABEL by={os.getpid()}", f"ENTRYPOINT {command}")
    files = {
        "Dockerfile": "\n".join(lines).encode(),
        "stand_in.py": (Path(__file__).parent / "ryuk_stand_in.py").read_bytes(),
        "reaper.py": Path(reaper.__file__).read_bytes(),
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    context.seek(0)
    found.client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)


@pytest.fixture
def found() -> Iterator[Engine]:
    with engine() as opened:
        yield opened


@pytest.fixture
def image(found: Engine) -> Iterator[str]:
    """The image of a Ryuk."""
    try:
        found.client.images.get(PUBLISHED)
    except ImageNotFound:
        build(found, STAND_IN, command='["python3", "/ryuk/stand_in.py"]')
        yield STAND_IN
        found.client.images.remove(STAND_IN)
    else:
        yield PUBLISHED


def ryuks(found: Engine, image: str) -> list[str]:
    listed = found.client.containers.list(all=True, filters={"ancestor": image}, ignore_removed=True)
    return [each.name for each in listed]


@pytest.mark.parametrize("also", [True, False], ids=["and-the-reaper", "and-not-the-reaper"])
def test_nothing_outlives_the_harness(found: Engine, image: str, tmp_path: Path, *, also: bool) -> None:
    with harness(tmp_path, RYUK_CONTAINER_IMAGE=image) as (process, run, reaper_pid):
        assert brought_up(process)
        assert len(ryuks(found, image)) == 1
        assert len(left(found, run)) > 4
        if also:
            os.kill(reaper_pid, signal.SIGKILL)
    until(lambda: not left(found, run) and not ryuks(found, image))


def watched(image: str) -> list[str]:
    """Id, absence, and the containers of Ryuks, in a process of its own, which then ends in good order."""
    env = os.environ | {"RYUK_CONTAINER_IMAGE": image}
    done = subprocess.run([sys.executable, "-c", WATCH], capture_output=True, text=True, env=env, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_it_watches_where_its_image_is(found: Engine, image: str) -> None:
    id_, absence, names = watched(image)
    assert id_ == found.client.images.get(image).id
    assert absence == ""
    assert "testcontainers-ryuk-" in names
    until(lambda: not ryuks(found, image))


def test_it_is_done_without_where_its_image_is_not(found: Engine) -> None:
    id_, absence, _ = watched("actorproof-test/ryuk:none")
    assert (id_, absence) == ("None", "the engine lacks its image")
    assert ryuks(found, "actorproof-test/ryuk:none") == []


def test_it_is_done_without_where_it_does_not_come_up(found: Engine) -> None:
    build(found, BROKEN, command='["/nothing"]')
    try:
        id_, absence, _ = watched(BROKEN)
        assert id_ == "None"
        assert absence.startswith("can't start it: ")
        assert ryuks(found, BROKEN) == []
    finally:
        found.client.images.remove(BROKEN)
