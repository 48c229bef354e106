"""Example applications are built from their pinned manifests and judged; a mistake planted in one is named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .built import BUILDS, built

pytestmark = pytest.mark.live

LIMIT_S = 300.0
NOT_ITS_OWN = {"application-not-told"}  # what a broken link did to it
ANSWERED = 30
SEEN = {"turns", "activation", "application"}  # what any run with calls and a kill decides


def counted(place: Path) -> tuple[int, int]:
    """How many operations of the last run were answered, and how many faults were seen to take effect."""
    events = [json.loads(line) for line in (place / "out" / "latest" / "history.jsonl").read_text().splitlines()]
    answered = sum(event["kind"] == "completed" and event["outcome"] == "ok" for event in events)
    return answered, sum(event["kind"] == "fault-took" for event in events)


def outcomes(place: Path) -> dict[str, str]:
    """What was decided in the last run, by guarantee."""
    verdicts = json.loads((place / "out" / "latest" / "verdicts.json").read_bytes())
    return {each["id"]: each["outcome"] for each in verdicts["guarantees"]}


def judged(place: Path, mistake: str) -> subprocess.CompletedProcess[str]:
    words = ("test", "-f", "actorproof.toml", "--scenario", "kill-and-recover", "--duration", "10", "--seed", "7")
    return subprocess.run(
        (sys.executable, "-m", "actorproof", *words, "--out", str(place / "out")),
        cwd=place,
        env={**os.environ, "MISTAKE": mistake, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )


def blamed(place: Path) -> set[str]:
    """The causes of the last run that are laid to the application itself; its SDK's are its SDK's."""
    verdicts = json.loads((place / "out" / "latest" / "verdicts.json").read_bytes())
    return {cause["id"] for cause in verdicts["causes"] if cause["id"].startswith("application-")} - NOT_ITS_OWN


IMAGE = "actorproof-test/order:of-a-test"


@pytest.fixture
def image(tmp_path: Path) -> Iterator[str]:
    """The example in Go as an image that holds nothing else."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run((docker, "info"), capture_output=True, check=False).returncode:
        pytest.skip("no engine answers")
    place = built("go", tmp_path)
    subprocess.run(("go", "build", "-o", "order", "."), cwd=place, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    packed = subprocess.run(("tar", "c", "order"), cwd=place, capture_output=True, check=True).stdout
    subprocess.run((docker, "import", "-c", 'ENTRYPOINT ["/order"]', "-", IMAGE), input=packed, check=True)
    yield IMAGE
    subprocess.run((docker, "rmi", IMAGE), check=True)


def test_an_application_that_comes_as_an_image_is_judged_in_containers(image: str, tmp_path: Path) -> None:
    place = tmp_path / "go"
    file = place / "actorproof.toml"
    file.write_text(file.read_text("utf-8").replace('command = "./order"', f'image = "{image}"'))
    done = judged(place, "")
    assert done.returncode in {0, 1, 2}, done.stdout + done.stderr
    assert not blamed(place), done.stdout
    answered, faults = counted(place)
    assert answered >= ANSWERED, done.stdout
    assert faults, done.stdout
    assert json.loads((place / "out" / "latest" / "run.json").read_bytes())["driver"] == "docker"
    decided = outcomes(place)
    assert {name for name, outcome in decided.items() if outcome != "unknown"} >= SEEN, (decided, done.stdout)


@pytest.mark.parametrize("language", BUILDS)
def test_the_example_of_a_language_is_judged_and_its_planted_mistake_named(language: str, tmp_path: Path) -> None:
    place = built(language, tmp_path)
    sound = judged(place, "")
    assert sound.returncode in {0, 1, 2}, sound.stdout + sound.stderr
    assert not blamed(place), sound.stdout
    answered, faults = counted(place)
    assert answered >= ANSWERED, f"a run that tested nothing: {answered} answers\n{sound.stdout}"
    assert faults, f"a run without a fault\n{sound.stdout}"
    decided = outcomes(place)
    assert {name for name, outcome in decided.items() if outcome != "unknown"} >= SEEN, (decided, sound.stdout)
    broken = judged(place, "answers-early")
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "application-answers-early" in blamed(place)
    assert "answers before it has finished" in broken.stdout
