"""Programs are asked who they are: another one, a mix that nobody asked for and one that hangs are refused."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from actorproof.harness.errors import ProvisionError, UsageError
from actorproof.harness.provision import identity, programs
from actorproof.harness.provision.identity import Interview
from actorproof.harness.provision.programs import Programs, provide
from tests.provision.conftest import VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.provision.conftest import Machine


@pytest.fixture(autouse=True)
def everything_else_is_here(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, variable in VARIABLES.items():
        monkeypatch.setenv(variable, str(machine.says(name)))


def found(version: str = "1.18.2", *, skew: tuple[str, ...] = (), folder: Path | None = None) -> Programs:
    return provide(version=version, progress=lambda _: None, build=False, skew=skew, folder=folder)


def refusal(version: str = "1.18.2", *, skew: tuple[str, ...] = (), folder: Path | None = None) -> str:
    with pytest.raises(ProvisionError) as caught:
        provide(version=version, progress=lambda _: None, build=False, skew=skew, folder=folder, witness=True)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_swapped_programs_are_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTORPROOF_DAPRD", str(machine.says("scheduler")))
    monkeypatch.setenv("ACTORPROOF_SCHEDULER", str(machine.says("daprd")))
    said = refusal()
    assert "option ACTORPROOF_SCHEDULER" in said
    assert "says that it is daprd 1.18.2: name a scheduler in its place" in said


@pytest.mark.parametrize("name", [name for name in VARIABLES if name != "postgres"])
def test_a_program_that_does_not_answer_as_it_should_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(VARIABLES[name], "/bin/true")
    assert refusal() == (
        f"/bin/true (option {VARIABLES[name]}) does not answer as {name} does: name a {name} in its place"
    )


def test_a_program_that_hangs_is_ended_and_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "Interview", partial(Interview, patience_s=0.5))
    pid = tmp_path / "pid"
    hangs = machine.script(tmp_path / "hangs", f"echo $$ > {pid}; exec sleep 600")
    (machine.bin / "sleep").symlink_to("/bin/sleep")
    monkeypatch.setenv("ACTORPROOF_PLACEMENT", str(hangs))
    began_s = time.monotonic()
    said = refusal()
    assert time.monotonic() - began_s < 60
    assert str(hangs) in said
    assert "has not answered within 0.5 s, so it was ended" in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text(encoding="utf-8")), 0)


def test_programs_get_five_seconds_each() -> None:
    assert identity.PATIENCE_S == 5.0


def test_a_program_of_another_version_is_refused_with_both_ways_out(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal("1.16.0")
    assert said.endswith(
        "says that it is placement 1.18.2, and 1.16.0 was asked for: choose --dapr 1.18.2, or ask for the mix by name"
        " with --skew placement=1.18.2"
    )
    monkeypatch.setenv("ACTORPROOF_DAPRD", str(machine.says("daprd", "1.16.0")))
    assert "says that it is daprd 1.16.0, and 1.18.2 was asked for" in refusal()


def test_a_store_that_is_too_old_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTORPROOF_REDIS", str(machine.says("redis-server", "5.0.9")))
    assert "says that it is redis-server 5.0.9: name one that is 6.2 or newer" in refusal()


def test_a_mix_is_asked_for_by_name(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("placement", "scheduler"):
        path = machine.says(name, "1.16.0", folder=machine.home / "old")
        monkeypatch.setenv(VARIABLES[name], str(path))
    programs = found(skew=("control-plane=1.16.0",))
    assert {name: programs[name].version for name in ("daprd", "placement", "scheduler")} == {
        "daprd": "1.18.2",
        "placement": "1.16.0",
        "scheduler": "1.16.0",
    }
    assert "and 1.18.2 was asked for" in refusal(skew=("placement=1.16.0",))


def test_a_build_without_a_number_is_asked_for_by_its_name(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTORPROOF_DAPRD", str(machine.says("daprd", "edge")))
    assert "--skew daprd=edge" in refusal()
    daprd = found(skew=("daprd=edge",))["daprd"]
    assert (daprd.version, daprd.said) == ("1.18.2", "daprd edge")


@pytest.mark.parametrize("skew", ["control-plane", "control-plane=", "redis=7", "=1.16.0"])
def test_a_skew_that_can_not_be_is_wrong_usage(skew: str) -> None:
    with pytest.raises(UsageError, match="is not NAME=VERSION: choose NAME from control-plane, daprd, placement"):
        found(skew=(skew,))


@pytest.mark.parametrize("below", ["", "bin", ".dapr/bin"])
@pytest.mark.parametrize("version", ["1.18.3", "1.19.0-rc.1"])
def test_any_version_is_taken_from_a_folder(machine: Machine, tmp_path: Path, version: str, below: str) -> None:
    for name in ("daprd", "placement", "scheduler"):
        machine.says(name, version, folder=tmp_path / "theirs" / below)
    programs = found(version, folder=tmp_path / "theirs")
    assert {programs[name].version for name in ("daprd", "placement", "scheduler")} == {version}
    assert programs["daprd"].origin == "option --dapr-path"


def test_a_folder_without_a_program_is_refused(machine: Machine, tmp_path: Path) -> None:
    machine.says("placement", folder=tmp_path)
    assert refusal(folder=tmp_path) == f"--dapr-path {tmp_path} holds no scheduler: name a folder with all programs"


def test_placement_need_not_be_there_once_the_scheduler_can_do_its_work(machine: Machine, tmp_path: Path) -> None:
    for name in ("daprd", "scheduler"):
        machine.says(name, "1.19.0", folder=tmp_path)
    assert "placement" not in {program.name for program in found("1.19.0", folder=tmp_path).all}


def test_what_a_program_said_is_asked_again_when_its_file_changes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTORPROOF_DAPRD", str(machine.says("daprd")))
    assert found()["daprd"].said == "daprd 1.18.2"
    machine.says("daprd", "1.18.10")
    assert "daprd 1.18.10" in refusal()
