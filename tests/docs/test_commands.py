"""Each command in docs/ is run: by a test here, or by the one that is named for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from actorproof.harness.cli.app import COMMANDS
from actorproof.scenarios.registry import scenarios
from tests.live.support import need_programs

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
# A block of commands, and what a comment before it says of how it is tried.
BLOCK = re.compile(r"(?:<!-- (\w+) -->\n)?^```(?:sh|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exits with (\d+)$")
# In a sentence, or indented: that they are there is looked at, no more.
INLINE = re.compile(r"(?:`|^    )actorproof ([a-z][\w-]*)(?: ([^\s`]+))?", re.MULTILINE)
IMAGE = "ACTORPROOF_TEST_IMAGE"
# What can't be tried in a test, and what tries it: CI's own steps, or a test that installs a wheel as these do.
ELSEWHERE = {
    "pipx install .": ("tests/packaging/test_wheel.py", "def test_the_scenarios_are_listed"),
    "make verify": (".ci/run", "make verify"),
    "actorproof init --image shop:1": (
        "tests/application/test_image.py",
        "def test_an_image_is_asked_for_its_actors_and_a_first_file_names_it",
    ),
    "actorproof verify": (".ci/run", "make verify"),
}
# What a page has its reader make or take first.
FILES = ("examples/python-fastapi/shop.py", "examples/python-fastapi/load.sh", "examples/save_in_drain.toml")
UNTRACKED = shutil.ignore_patterns("__pycache__", "out", "*.egg-info")
TIMEOUT_S = 900


@dataclass(frozen=True)
class Command:
    page: str
    kind: str
    line: str

    @property
    def exit_code(self) -> int:
        told = EXIT.search(self.line)
        return int(told[1]) if told else 0

    @property
    def text(self) -> str:
        return EXIT.sub("", self.line)


def commands() -> list[Command]:
    return [
        Command(page.name, kind or "cheap", line)
        for page in PAGES
        for kind, block in BLOCK.findall(page.read_text("utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]


ALL = commands()


def of(kind: str) -> list[Command]:
    return [each for each in ALL if each.kind == kind and each.text not in ELSEWHERE]


def attempt(command: Command, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        ["bash", "-c", command.text],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def try_all(of_page: list[Command], folder: Path) -> None:
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for command in of_page:
        done = attempt(command, folder)
        # A live run on a busy machine may see too little to decide.
        allowed = {command.exit_code, 2} if command.kind == "live" else {command.exit_code}
        assert done.returncode in allowed, f"{command.text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", sorted({each.page for each in of("cheap")}))
def test_commands_that_need_no_cluster(page: str, tmp_path: Path) -> None:
    try_all([each for each in of("cheap") if each.page == page], tmp_path)


def test_commands_in_a_checkout(tmp_path: Path) -> None:
    """With the libraries of these tests in place of an index, and without this machine's git."""
    for name in ("src", "harness", "properties", "reports", "scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=UNTRACKED)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, tmp_path)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    for command in of("checkout"):
        done = attempt(command, tmp_path, PYTHONPATH=sysconfig.get_path("purelib"), **offline)
        assert done.returncode == 0, f"{command.text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    assert list(tmp_path.glob("dist/actorproof-*.whl"))


@pytest.mark.live
@pytest.mark.parametrize("command", of("live"), ids=lambda each: f"{each.page}: {each.text[:40]}")
def test_commands_that_need_a_cluster(command: Command, tmp_path: Path) -> None:
    need_programs()
    try_all([command], tmp_path)


@pytest.mark.live
def test_commands_that_need_the_image(tmp_path: Path) -> None:
    image = os.environ.get(IMAGE)
    if not image:
        pytest.skip(f"no image: run `make container` and set {IMAGE} to its name")
    try_all(
        [
            replace(each, kind="live", line=each.line.replace(" actorproof ", f" {image} ", 1))
            for each in of("container")
        ],
        tmp_path,
    )


def test_no_command_is_left_out() -> None:
    assert {each.kind for each in ALL} <= {"cheap", "checkout", "live", "ci", "container"}
    assert {each.text for each in ALL if each.kind == "ci"} <= set(ELSEWHERE)
    assert set(ELSEWHERE) <= {each.text for each in ALL}
    for tries, how in ELSEWHERE.values():
        assert how in (ROOT / tries).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_in_a_sentence_is_there(page: Path) -> None:
    for command, word in INLINE.findall(page.read_text("utf-8")):
        assert command in COMMANDS
        assert command != "run" or word in scenarios() or (ROOT / word).is_file()
