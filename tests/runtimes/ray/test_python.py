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


def test_a_named_python_that_has_ray_is_taken_as_it_is_and_no_other_program_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = program(tmp_path / "own" / "python", f"echo a Python with Ray {VERSION}")
    monkeypatch.setenv(VARIABLE, str(named))
    (only,) = provide(version=VERSION, progress=lambda _: None, runtime="ray-workflow", witness=True).all
    assert (only.name, only.version, only.origin) == ("ray", VERSION, f"option {VARIABLE}")


@pytest.mark.parametrize(
    ("scripts", "named", "said"),
    [
        ({}, "python", rf"{VARIABLE} is .*python, which is no executable"),
        ({"python": "echo cpython 3 9"}, "python", r"which is no Python 3\.10: name one that is, or unset it"),
        ({}, "", rf"set {VARIABLE} to one, or put python3\.10 on PATH, or install Maven"),
        (
            {"bin/python3.10": "echo not found; exit 127"},
            "",
            r"there is no Python 3\.10 on this machine, and no mvn to bring one",
        ),
        (
            {"bin/mvn": "echo no route to a registry; exit 1"},
            "",
            "and Maven brings none: no route to a registry",
        ),
        (
            {"bin/python3.10": "echo cpython 3 10", "pip": "echo no such wheel; exit 1"},
            "",
            r"Ray 1\.13\.0 is not to be had with pip: no such wheel",
        ),
    ],
    ids=[
        *("the named one is none", "the named one is another", "none", "one that only points to others"),
        *("none of Maven's", "no wheel"),
    ],
)
def test_where_rays_python_is_not_to_be_had_one_line_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: dict[str, str], named: str, said: str
) -> None:
    for name, text in scripts.items():
        program(tmp_path / name, text)
    if "pip" in scripts:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "pip"))
    if named:
        monkeypatch.setenv(VARIABLE, str(tmp_path / named))
    with pytest.raises(ProvisionError, match=said) as told:
        found()
    assert "\n" not in str(told.value)


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


def test_plain_ray_runs_in_actorproofs_own_kind_of_python() -> None:
    assert deployable("ray").tried == ("2.60.0",)
    assert PlainRay.recipe.python == sys.version_info[:2]
