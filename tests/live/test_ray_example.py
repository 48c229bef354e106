"""The document's example of Ray Workflow's virtual actors runs as written, on a cluster of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.programs import provide

pytestmark = pytest.mark.live

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ray" / "ray_counter.py"
LIMIT_S = 240
BEGIN = """\
import ray
from ray import workflow
ray.init(storage="kept", log_to_driver=False)
"""
EXAMPLE_IN = (
    BEGIN
    + f"""\
import runpy
runpy.run_path("{EXAMPLE}", run_name="__main__")
"""
)
ELSEWHERE = (
    BEGIN
    + """\
workflow.init()
counter = workflow.get_actor({words})
print("value", counter.value.run())
"""
)


@pytest.fixture(scope="module")
def python() -> Path:
    """Ray's Python; a test that needs it is skipped where nobody has set it up."""
    try:
        return provide(version="1.13.0", progress=lambda _: None, build=False, runtime="ray-workflow")["ray"].path
    except ProvisionError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For storage and sessions: with a short name, since Ray's sockets stand below it."""
    path = Path(tempfile.mkdtemp(prefix="ray-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def run(python: Path, folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A program in Ray's Python, whose cluster begins and ends with it; what it keeps stays for the next one."""
    code = code.replace('"kept"', f'"{folder / "kept"}"')
    kept = ("PATH", "HOME", "LANG", *(name for name in os.environ if name.startswith("OPENBLAS_")))
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": str(folder / "t")}
    command = [str(python), "-c", code]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.fixture(scope="module")
def example(python: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return run(python, folder, EXAMPLE_IN)


def test_it_ends_without_an_error(example: subprocess.CompletedProcess[str]) -> None:
    assert example.returncode == 0, example.stderr[-2000:]


def test_its_class_and_state_are_logged_into_storage(example: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert example.returncode == 0
    logged = folder / "kept" / "workflows" / "my_counter"
    assert (logged / "class_body.pkl").is_file()
    # One step for __init__ and one for each of three calls that change the actor.
    assert len([*logged.glob("steps/*/output.pkl")]) == 4


def test_the_actor_is_there_in_another_process_and_another_cluster(
    example: subprocess.CompletedProcess[str], python: Path, folder: Path
) -> None:
    assert example.returncode == 0
    done = run(python, folder, ELSEWHERE.format(words='"my_counter"'))
    assert "value 30" in done.stdout, done.stderr[-2000:]


def test_as_the_document_retrieves_it_it_is_not_found(python: Path, folder: Path) -> None:
    done = run(python, folder, ELSEWHERE.format(words='workflow_id="counter"'))
    assert done.returncode != 0
    assert "TypeError: get_actor() got an unexpected keyword argument 'workflow_id'" in done.stderr
