"""Small runs on a real cluster: their scenarios, and what was left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.harness.cluster.topology import DEFAULT_VERSION, Topology
from actorproof.harness.drivers.process.guardian import children_of, is_alive
from actorproof.harness.errors import ProvisionError
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.provision.programs import provide
from actorproof.harness.run import run as running
from actorproof.harness.run.analysis import Analysis
from actorproof.harness.session.scenario import Options, Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Plan, Wait
from actorproof.properties.views.timeline import Timeline
from tests.cluster.containers import images
from tests.components.postgres_server import postgres_program
from tests.signals import default_signals
from tests.waiting import until

# No caller gives up: Dapr answers that with promises broken (the deviations file), and it is not what is tested here.
CALM = Load(clients=3, actors=3, fickle=0, probes=2, mix={"counter": 4, "ledger": 4})
STILL = Load(clients=1, actors=1, fickle=0, probes=2, mix={"counter": 1})

# Generous: the machine may be busy, and nothing here measures time.
PATIENCE_S = 120.0
# The promise: nothing outlives a run for longer than this.
GONE_S = 10.0


def need_programs() -> None:
    """Skip where the programs of a cluster would have to be built first."""
    try:
        provide(version=DEFAULT_VERSION, progress=lambda _: None, build=False)
    except ProvisionError as error:
        pytest.skip(f"{error} (make setup)")


def small(
    *steps: AnyStep,
    guarantee: str,
    duration_s: float = 4.0,
    load: Load = CALM,
    topology: Topology | None = None,
    settle_reminders_s: float = 0.0,
) -> Scenario:
    """A scenario of a few seconds with a fixed plan; without steps it only waits."""

    def plan(setting: Setting) -> Plan:
        return Plan(steps=steps or (Wait(for_s=setting.duration_s),))

    return Scenario(
        name=f"small-{guarantee}",
        summary="a test's own",
        guarantees=(guarantee,),
        topology=topology or Topology(hosts=2, spare_hosts=0),
        load=load,
        plan=plan,
        duration_s={"quick": duration_s, "standard": duration_s, "soak": duration_s},
        settle_reminders_s=settle_reminders_s,
    )


@dataclass(frozen=True)
class Ran:
    """A run that has ended."""

    finished: Analysis

    @cached_property
    def events(self) -> list[ev.Event]:
        return RunFolder.open(self.finished.folder).read_history()

    @cached_property
    def timeline(self) -> Timeline:
        """Without the canary."""
        return Timeline(self.events).halves[0]


def ran(scenario: Scenario, folder: Path, **options: Any) -> Ran:
    """Run a scenario; skip where its driver lacks what it needs."""
    driver, store = options.get("driver", "process"), options.get("store", "redis")
    if driver == "docker":
        images(store)
    elif driver == "process":
        need_programs()
        if store == "postgres":
            postgres_program()
    out, chosen = folder / "out", Options(**{"driver": "process", **options})
    return Ran(running.run([scenario], chosen, name=scenario.name, out=out, progress=Silent()))


class Record(msgspec.Struct):
    """A line of units.jsonl."""

    unit: str
    pid: int


class Started:
    """`actorproof` in a process of its own, with a temporary folder of its own."""

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        self.out = folder / "out"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.said = folder / "said"
        self.pids: set[int] = set()
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "actorproof", *words, "--out", str(self.out)],
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": str(self.temporary), "COLUMNS": "200"},
                preexec_fn=default_signals,  # noqa: PLW1509 - it takes no lock
                start_new_session=True,  # a terminal's Ctrl-C goes to it alone, as the tests send it
            )

    @property
    def folder(self) -> Path | None:
        """The run's folder, once it is there."""
        found = [path for path in self.out.glob("*/run.json") if not path.parent.is_symlink()]
        return found[0].parent if found else None

    def look(self) -> set[int]:
        """Every process that the run was seen to have, this time and earlier."""
        self.pids |= children_of({self.process.pid}) if self.process.poll() is None else set()
        for records in self.temporary.glob("actorproof-*/units.jsonl"):
            for line in records.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    self.pids.add(msgspec.json.decode(line, type=Record).pid)
        return self.pids

    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def wait_for(self, kind: bytes, *, count: int = 1) -> None:
        """Wait until the harness has journaled so many lines that hold a text."""

        def seen() -> bool:
            assert self.process.poll() is None, self.text()
            self.look()
            return bool(self.folder) and self.journal().count(kind) >= count

        until(seen, what=f"{kind!r} was not seen: {self.text()}")

    def journal(self) -> bytes:
        path = self.folder / "raw" / "harness.jsonl" if self.folder else None
        return path.read_bytes() if path and path.is_file() else b""

    def nothing_left(self) -> None:
        """Within ten seconds no process of the run lives, and its scratch folder is gone."""

        def gone() -> bool:
            return not any(is_alive(pid) for pid in self.pids) and not list(self.temporary.glob("actorproof-*"))

        left = time.monotonic() + GONE_S
        while not gone():
            assert time.monotonic() < left, (
                [pid for pid in self.pids if is_alive(pid)],
                list(self.temporary.glob("actorproof-*/*")),
            )
            time.sleep(0.02)


@contextmanager
def started(folder: Path, *words: str) -> Iterator[Started]:
    """Start `actorproof`; whatever happens, it ends with the block."""
    run = Started(folder, words)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGKILL)
        run.process.wait()
