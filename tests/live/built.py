"""Example applications, built from their pinned manifests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .support import need_programs

EXAMPLES = Path(__file__).parents[2] / "examples"
BUILDS = {
    "go": ("go", "build", "-o", "order", "."),
    "java": ("mvn", "-q", "package"),
    "python-stream": ("true",),
    "javascript": ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
}
BUILD_S = 300.0
BUILT = ("node_modules", "order", "target")
UNREACHED = ("dial tcp", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "Could not transfer artifact")


def built(language: str, folder: Path, *sources: tuple[Path, str]) -> Path:
    """The example in a folder of its own, ready to run; with other sources, each at its place there, instead."""
    need_programs()
    command = BUILDS[language]
    tool = shutil.which(command[0])
    if tool is None:
        pytest.skip(f"{command[0]} is not installed")
    place = folder / language
    left = (*BUILT, "*.java") if sources else BUILT
    shutil.copytree(EXAMPLES / language, place, ignore=shutil.ignore_patterns(*left))
    for source, name in sources:
        shutil.copy(source, place / name)
    try:
        build = subprocess.run(
            (tool, *command[1:]), cwd=place, capture_output=True, text=True, check=False, timeout=BUILD_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(command)} does not end: its packages can't be had")
    if build.returncode and any(word in build.stdout + build.stderr for word in UNREACHED):
        pytest.skip(f"{' '.join(command)}: its packages can't be had")
    assert build.returncode == 0, build.stdout + build.stderr
    return place
