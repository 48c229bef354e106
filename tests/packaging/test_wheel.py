"""What `pip install` gives: a wheel that has all it needs, tried from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import setuptools_scm

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("harness", "properties", "reports", "scenarios")
UNTRACKED = shutil.ignore_patterns("__pycache__", "out", "*.egg-info")


@dataclass(frozen=True)
class Outsider:
    """Somebody who has installed the wheel, and stands in an empty folder."""

    folder: Path
    bin: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        surroundings = {"PATH": f"{self.bin}:{os.defpath}", "HOME": str(self.folder.parent), "LANG": "C.UTF-8"}
        return subprocess.run(words, cwd=self.folder, env=surroundings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built where there is no git, so also as make does on a machine without it."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("src", *PARTS):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=UNTRACKED)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", made, source], env={"PATH": "/nonexistent"}, check=True)
    (found,) = made.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def outsider(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Outsider:
    """With the libraries of these tests, and none of this checkout: a path in a .pth file brings no other .pth file."""
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    python = home / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    (packages,) = home.glob("venv/lib/python3*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    (home / "empty").mkdir()
    return Outsider(home / "empty", home / "venv/bin")


def test_it_holds_every_file_of_the_four_folders(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"actorproof/{path.relative_to(ROOT)}"
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and not {"__pycache__", "out"} & set(path.relative_to(ROOT).parts)
    }
    assert wanted - held == set()


def test_the_version_is_the_tag(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git here")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"], ["tag", "v7.8.9"]):
        subprocess.run([*git, *words], check=True)
    assert setuptools_scm.get_version(tmp_path) == "7.8.9"


def test_without_git_the_version_is_the_next_release(outsider: Outsider) -> None:
    told = outsider.run("actorproof", "--version").stdout.strip()
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## "))
    fallback = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools_scm"]
    assert told == fallback["fallback_version"] == f"{newest.removeprefix('## ')}.dev0"


def test_the_scenarios_are_listed(outsider: Outsider) -> None:
    done = outsider.run("actorproof", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "kill-and-recover" in done.stdout
    assert list(outsider.folder.iterdir()) == []


def test_a_scenario_is_judged_and_told(outsider: Outsider) -> None:
    done = outsider.run("actorproof", "run", "everything-at-once", "--driver", "simulated", "--seed", "7")
    # Hypothesis draws its faults, and one seed shows too little to decide all of its guarantees.
    assert done.returncode in {0, 2}, done.stdout + done.stderr
    assert [each.name for each in outsider.folder.iterdir()] == ["actorproof-out"]
    assert "uPlot" in (outsider.folder / "actorproof-out/latest/report.html").read_text("utf-8")


def test_a_scenario_runs_under_pytest(outsider: Outsider) -> None:
    shutil.copy(ROOT / "examples/save_in_drain.toml", outsider.folder / "mine.toml")
    done = outsider.run("python", "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", "mine.toml")
    assert done.returncode == 0, done.stdout
    assert "mine.toml::" in done.stdout
    assert "turns" in done.stdout
