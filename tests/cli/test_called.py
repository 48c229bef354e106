"""Commands that are printed run as they stand, wherever Actorproof is installed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.called import NAME, called, spoken, typed


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment with the program in it, as far as that is looked at."""
    program = tmp_path / "a checkout/.venv/bin" / NAME
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program.parent.parent


def test_in_a_checkout_whose_environment_is_not_active_it_is_the_path(environment: Path) -> None:
    assert called(prefix=environment, path="/usr/bin", folder=environment.parent) == ".venv/bin/actorproof"


def test_elsewhere_the_path_is_whole_and_can_be_pasted(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    words = shlex.split(called(prefix=environment, path="/usr/bin", folder=tmp_path / "elsewhere"))
    assert words == [str(environment / "bin/actorproof")]


def test_where_the_shell_finds_it_it_has_its_name(environment: Path, tmp_path: Path) -> None:
    path = str(environment / "bin")
    assert called(prefix=environment, path=path, folder=environment.parent) == NAME
    # As pipx does it.
    link = tmp_path / "local/actorproof"
    link.parent.mkdir()
    link.symlink_to(environment / "bin/actorproof")
    assert called(prefix=environment, path=str(link.parent), folder=tmp_path) == NAME


def test_another_one_that_the_shell_finds_is_not_taken_for_it(environment: Path, tmp_path: Path) -> None:
    other = tmp_path / "other/actorproof"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert called(prefix=environment, path=str(other.parent), folder=environment.parent) == ".venv/bin/actorproof"


def test_without_a_program_it_is_pythons_module(tmp_path: Path) -> None:
    assert called(prefix=tmp_path, path="", folder=tmp_path) == f"{sys.executable} -m actorproof"


def test_only_commands_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.called.called", lambda: ".venv/bin/actorproof")
    assert typed("actorproof run churn") == ".venv/bin/actorproof run churn"
    assert typed("pytest scenarios/churn.py") == "pytest scenarios/churn.py"
    assert spoken("actorproof: run `actorproof setup`") == "actorproof: run `.venv/bin/actorproof setup`"


def test_the_command_of_a_run_does_it_again_as_it_is_printed(tmp_path: Path) -> None:
    """By the very words, in a shell that knows nothing but the usual folders."""
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "ACTORPROOF_DRIVER": "simulated"}
    program = Path(sys.prefix) / "bin/actorproof"
    out = tmp_path / "out"

    def judged(command: str) -> tuple[int, str]:
        """The exit code, and the command that the newest run names."""
        done = subprocess.run(
            f"{command} --out {shlex.quote(str(out))}",
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = json.loads((out / "latest/verdicts.json").read_text())["run"]["command"]
        assert " ".join(said.split()) in " ".join(done.stdout.replace(" \\\n", " ").split())
        return done.returncode, said

    code, again = judged(f"{program} run kill-and-recover --seed 7 --duration 3")
    assert again.startswith(shlex.quote(str(program)))
    assert judged(again) == (code, again)
