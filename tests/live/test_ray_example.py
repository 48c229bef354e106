"""The document's example of Ray Workflow's virtual actors runs as written, on a cluster of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
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
# What else the document says of a counter like the example's: what it prints is what was seen, by a name.
MORE = (
    BEGIN
    + """\
import collections
import json
NOTES = "kept" + "-notes"
def noted():
    with open(NOTES) as file:
        found = collections.Counter(file.read().split())
    open(NOTES, "w").close()
    return found
def note(word):
    with open(NOTES, "a") as file:
        file.write(word + "\\n")
def failure(do):
    try:
        return repr(do())
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)
@workflow.virtual_actor
class Counter:
    def __init__(self, start):
        self.n = start
    def incr(self, by=1):
        self.n += by
    def wait(self):
        self.n += 100
        return workflow.wait_for_event(workflow.EventListener)
    @workflow.virtual_actor.readonly
    def value(self):
        return self.n
    def __getstate__(self):
        note("get")
        return self.n
    def __setstate__(self, n):
        note("set")
        self.n = n
workflow.init()
seen = {"status before": failure(lambda: workflow.get_status("mine"))}
one = Counter.get_or_create("mine", 0)
ray.get(one.ready())
seen["status after"] = str(workflow.get_status("mine"))
seen["to make it"] = noted()
for _ in range(5):
    one.incr.run(2)
seen["to change it"] = noted()
for _ in range(5):
    one.value.run()
seen["to read it"] = noted()
two = Counter.get_or_create("mine", 7)
seen["a second one"] = two.value.run()
two.incr.run(1)
seen["the first one"] = one.value.run()
seen["event"] = failure(one.wait.run)
seen["after the event"] = one.value.run()
print("seen", json.dumps(seen))
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


@pytest.fixture(scope="module")
def seen(python: Path, folder: Path) -> Mapping[str, object]:
    done = run(python, folder, MORE)
    assert "seen " in done.stdout, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout.rpartition("seen ")[2])
    return found


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("a second one", 10),
        ("the first one", 11),
        ("to make it", {"get": 1}),
        ("to change it", {"get": 5, "set": 5}),
        ("to read it", {"set": 5}),
        ("status after", "WorkflowStatus.SUCCESSFUL"),
        ("after the event", 111),
    ],
)
def test_a_second_get_or_create_and_the_state_and_status_of_an_actor_are_as_told(
    seen: Mapping[str, object], what: str, found: object
) -> None:
    assert seen[what] == found


@pytest.mark.parametrize(
    ("what", "error"), [("status before", "WorkflowNotFoundError"), ("event", "Workflow[id=mine] failed")]
)
def test_what_is_not_there_is_refused(seen: Mapping[str, object], what: str, error: str) -> None:
    assert error in str(seen[what])
