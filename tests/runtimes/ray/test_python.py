"""Ray's Python is found or made, or one line says what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.programs import provide
from actorproof.harness.runtimes.ray.runtime import PlainRay
from actorproof.harness.runtimes.ray_cluster.python import VARIABLE
from actorproof.harness.runtimes.registry import deployable

VERSION = "1.13.0"


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing but this Python."""
    monkeypatch.setenv("ACTORPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(VARIABLE, raising=False)


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def found(*, build: bool = True) -> tuple[str, str]:
    programs = provide(version=VERSION, progress=lambda _: None, build=build, runtime="ray-workflow")
    (only,) = programs.all
    return only.version, only.origin


def test_a_named_python_that_has_ray_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = program(tmp_path / "own" / "python", f"echo a Python with Ray {VERSION}")
    monkeypatch.setenv(VARIABLE, str(named))
    assert found() == (VERSION, f"option {VARIABLE}")


def test_no_program_but_rays_python_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = program(tmp_path / "own" / "python", f"echo a Python with Ray {VERSION}")
    monkeypatch.setenv(VARIABLE, str(named))
    programs = provide(version=VERSION, progress=lambda _: None, runtime="ray-workflow", witness=True)
    assert [each.name for each in programs.all] == ["ray"]


def test_a_named_python_that_is_no_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/python3.10")
    with pytest.raises(ProvisionError, match=rf"{VARIABLE} is /nowhere/python3\.10, which is no executable"):
        found()


def test_a_named_python_of_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(program(tmp_path / "own" / "python", "echo cpython 3 9")))
    with pytest.raises(ProvisionError, match=r"which is no Python 3\.10: name one that is, or unset it"):
        found()


def test_a_python_on_the_path_that_only_points_to_others_does_not_count(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.10", "echo not found; exit 127")
    with pytest.raises(ProvisionError, match=r"there is no Python 3\.10 on this machine, and no mvn to bring one"):
        found()


def test_without_a_python_and_without_maven_it_says_what_to_do() -> None:
    with pytest.raises(ProvisionError, match=rf"set {VARIABLE} to one, or put python3\.10 on PATH, or install Maven"):
        found()


def test_where_maven_brings_nothing_its_last_line_is_told(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "mvn", "echo no route to a registry; exit 1")
    with pytest.raises(ProvisionError, match="and Maven brings none: no route to a registry") as told:
        found()
    assert "\n" not in str(told.value)


def test_what_pip_can_not_bring_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "python3.10", "echo cpython 3 10")
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "pip", "echo no such wheel; exit 1")))
    with pytest.raises(ProvisionError, match=r"Ray 1\.13\.0 is not to be had with pip: no such wheel"):
        found()


@pytest.mark.parametrize("lost", ["its base", "its packages"])
def test_what_was_made_and_no_longer_answers_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tmp_path / 'other'}:/usr/bin:/bin")
    pip = 'while [ "$1" != --target ]; do shift; done; mkdir -p "$2"; touch "$2/ray"'
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "pip", pip)))
    answers = f"""case $2 in
*metadata*) test -f "$PYTHONPATH/ray" && echo a Python with Ray {VERSION};;
*) echo cpython 3 10;;
esac"""
    base = program(tmp_path / "bin" / "python3.10", answers)
    program(tmp_path / "other" / "python3.10", answers)
    assert found() == (VERSION, f"Ray {VERSION} by pip for {base} on PATH")
    assert found(build=False) == (VERSION, f"Ray {VERSION} by pip for {base} on PATH")
    if lost == "its base":
        base.unlink()
    else:
        next((tmp_path / "cache").rglob("site/ray")).unlink()
    with pytest.raises(ProvisionError, match="ray is missing: run `actorproof setup --runtime ray-workflow`"):
        found(build=False)
    assert found()[0] == VERSION
    assert found(build=False)[0] == VERSION


def test_plain_ray_stands_on_a_python_that_outlives_actorproofs_virtual_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = """while [ "$1" != --target ]; do shift; done
mkdir -p "$2/ray-2.60.0.dist-info" && printf 'Name: ray\\nVersion: 2.60.0\\n' > "$2/ray-2.60.0.dist-info/METADATA\""""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "pip", pip)))
    (made,) = provide(version="2.60.0", progress=lambda _: None, runtime="ray").all
    launcher = made.path.read_text("utf-8")
    assert sys.prefix not in launcher or sys.prefix == sys.base_prefix
    assert str(Path(sys.base_prefix) / "bin") in launcher


def test_what_is_missing_is_not_made_where_nobody_asked_and_the_command_is_named() -> None:
    with pytest.raises(ProvisionError, match="ray is missing: run `actorproof setup --runtime ray-workflow`"):
        found(build=False)


def test_plain_ray_runs_in_actorproofs_own_kind_of_python() -> None:
    assert deployable("ray").tried == ("2.60.0",)
    assert PlainRay.recipe.python == sys.version_info[:2]
