from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from actorproof.harness.cli import main as cli
from actorproof.harness.clock import SystemClock
from actorproof.harness.drivers import choice
from actorproof.harness.drivers.process import making
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal
from actorproof.harness.progress import Silent
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.run import run as running
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.registry import scenario

DRAIN = Path(__file__).parents[2] / "examples" / "save_in_drain.toml"
CAUSE = "save-waits-for-its-own-drain"
BUG = ("--bug", CAUSE, "--driver", "simulated", "--seed", 1)


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Actorproof = Callable[..., Said]


@pytest.fixture
def actorproof(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Actorproof:
    """The command line in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    # A command may look for a user's modules beside their file; in a process of its own that ends with it.
    monkeypatch.setattr(sys, "path", list(sys.path))

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["actorproof", *map(str, words)])
        handler = signal.getsignal(signal.SIGINT)
        try:
            with pytest.raises(SystemExit) as ended:
                cli.main()
        finally:
            signal.signal(signal.SIGINT, handler)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, said.out, said.err)

    return call


def copy_of(kept: Path, tmp_path: Path, make: Callable[[Path], object]) -> Path:
    """A copy of the run in `kept`, for a test to change; the first time `make` makes it, in a folder of runs."""
    if not any(kept.iterdir()):
        make(kept / "out")
    run = (kept / "out" / "latest").resolve()
    return shutil.copytree(run, tmp_path / "out" / run.name)


@pytest.fixture(scope="session")
def kept_red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run that shows one cause is kept once it was made."""
    return tmp_path_factory.mktemp("red")


@pytest.fixture
def red(actorproof: Actorproof, tmp_path: Path, kept_red: Path) -> Path:
    """A run that shows one cause, to be changed: it is made once, and each test has a copy."""

    def make(out: Path) -> None:
        assert actorproof("run", DRAIN, *BUG, "--out", out).code == 1

    return copy_of(kept_red, tmp_path, make)


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that are found and can't run: enough for what ends before a cluster is up."""

    def fake(*, version: str, **_: object) -> Programs:
        def program(name: str) -> Program:
            return Program(name=name, version=version, path=Path("/nonexistent") / name, origin="nowhere", sha256="")

        names = ("daprd", "placement", "scheduler", "redis-server", "toxiproxy")
        return Programs(version=version, found={name: program(name) for name in names})

    monkeypatch.setattr(making, "provide", fake)


@pytest.fixture
def whole_run(tmp_path: Path, no_programs: None) -> Path:
    """The folder of a run that is complete: a history of a few events, in which nothing was tried."""
    return make_run(tmp_path / "whole")


def make_run(path: Path, *, name: str = "churn") -> Path:
    folder = RunFolder.create(path)
    options = Options(seed=1)
    found = scenario(name)
    topology = topology_of(found, options)
    driver = choice.choose(options, progress=Silent())
    info = running.describe([found], options, name=name, run=path.name, driver=driver)
    with Journal.open(folder.raw / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        journal.write(
            ev.RunStarted,
            run=path.name,
            scenario=name,
            profile=options.profile,
            seed=options.seed,
            runtime="dapr",
            version=topology.version,
            hosts=topology.hosts,
            placements=topology.placements,
            schedulers=topology.schedulers,
            subject=topology.subject,
            idle_timeout_s=topology.idle_timeout_s,
            drain_timeout_s=topology.drain_timeout_s,
            drain_enabled=topology.drain_enabled,
            dissemination_timeout_s=topology.dissemination_timeout_s,
            reentrancy=topology.reentrancy,
            max_stack_depth=topology.max_stack_depth,
        )
        for phase in ("ready", "load", "healed", "quiet", "final", "closed"):
            journal.write(ev.PhaseReached, phase=phase)
    folder.merge()
    folder.write_info(msgspec.structs.replace(info, state="complete", finished=info.started))
    return path


def files(folder: Path) -> set[str]:
    """Everything below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
