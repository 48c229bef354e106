"""Faults on workers: they strike the process in whose turn they come, prove it, and are refused where there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Life, Worker
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults import workers
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.faults.target import resolve
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

from .test_nemesis import Fake, _leader

WORKER = Worker(host="host-1", pid=4711, turn="host-1/app#1:t7", actor="Ledger/b0")
SAID = "worker pid 4711 of host-1 (in turn host-1/app#1:t7 of Ledger/b0)"


class Host:
    """One host whose worker has an open turn from the second look on; `deaf` ones do not take signals."""

    def __init__(self, *, idle: bool = False, deaf: bool = False, dies: bool = False) -> None:
        self.now: Life = "runs"
        self._looks = 0
        self._idle = idle
        self._deaf = deaf
        self._dies = dies

    def hosts(self) -> tuple[str, ...]:
        return ("host-1",)

    async def busy(self, host: str) -> Worker | None:
        self._looks += 1
        return None if self._idle or self._looks < 2 else WORKER

    def life(self, worker: Worker) -> Life:
        return self.now

    async def kill(self, worker: Worker) -> None:
        if self._deaf:
            raise ClusterError(f"{worker} shows no effect of SIGKILL")
        self.now = "gone"

    async def pause(self, worker: Worker) -> None:
        self.now = "gone" if self._dies else "stopped"

    async def resume(self, worker: Worker) -> None:
        self.now = "runs" if self.now == "stopped" else self.now


def injected(tmp_path: Path, verb: str, host: Host | None, target: str = "host-1") -> list[ev.AnyEvent]:
    """What is journaled of a fault from its injection to its heal."""

    async def work() -> None:
        with Journal.open(tmp_path / "j.jsonl", process="harness", clock=SystemClock()) as journal:
            nemesis = Nemesis(cluster=Fake(), journal=journal, clock=SystemClock(), leader=_leader, workers=host)
            await nemesis.inject("f1", Fault(verb=verb, target=target))
            await nemesis.heal("f1")

    asyncio.run(work())
    return read_journal(tmp_path / "j.jsonl")[1:]


@pytest.mark.parametrize(
    ("verb", "took", "healed"),
    [
        ("kill-worker", f"{SAID} is gone", ()),
        ("pause-worker", f"{SAID}: every thread stopped", (f"{SAID} runs",)),
    ],
)
def test_the_worker_that_runs_a_turn_is_struck_and_the_history_names_it(
    tmp_path: Path, verb: str, took: str, healed: tuple[str, ...]
) -> None:
    start, effect, heal = injected(tmp_path, verb, Host())
    assert isinstance(start, ev.FaultStarted)
    assert (start.verb, start.target, start.units) == (verb, "host-1", ("host-1/app",))
    assert isinstance(effect, ev.FaultTook)
    assert effect.evidence == (took,)
    assert isinstance(heal, ev.FaultHealed)
    assert heal.evidence == healed


@pytest.mark.parametrize(
    ("verb", "host", "said"),
    [
        ("kill-worker", Host(deaf=True), "no effect of SIGKILL"),
        ("pause-worker", Host(dies=True), "is gone"),
        ("kill-worker", Host(idle=True), "no worker of host-1 ran a turn for"),
    ],
    ids=["deaf", "dies", "idle"],
)
def test_a_fault_without_the_effect_that_it_is_to_have_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, host: Host, said: str
) -> None:
    monkeypatch.setattr(workers, "BUSY_S", 0.1)
    _, missed, healed = injected(tmp_path, verb, host)
    assert isinstance(missed, ev.FaultMissed)
    assert said in missed.reason
    assert isinstance(healed, ev.FaultHealed)


def test_where_turns_run_in_units_it_is_said_what_to_choose(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="needs a runtime whose hosts run turns in processes of their own: choose --ru"
    ):
        injected(tmp_path, "kill-worker", None)


def test_a_target_that_has_no_workers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"fault kill-worker on host-1/app: a host \(host-1\) is wanted"):
        Fault(verb="kill-worker", target="host-1/app")
    with pytest.raises(UsageError, match="host-2 has no workers: choose one of host-1"):
        injected(tmp_path, "pause-worker", Host(), target="host-2")


@pytest.mark.parametrize(
    ("target", "struck"),
    [
        ("host-1", ("host-1/driver", "host-1/node")),
        ("host-1/node", ("host-1/node",)),
        ("host-1/app", ("host-1/node",)),
        ("host-1/sidecar", ("host-1/driver",)),
    ],
)
def test_the_halves_of_a_host_are_struck_by_the_names_that_they_have_and_by_those_of_scenarios_for_all_runtimes(
    target: str, struck: tuple[str, ...]
) -> None:
    units = ("gcs", "host-1/node", "host-1/driver", "host-2/node", "host-2/driver")
    assert resolve(target, units=units, links=(), leader=None).units == struck


def test_a_half_that_no_host_has_is_refused_with_the_names_of_those_that_are_there() -> None:
    with pytest.raises(UsageError, match="choose a host, one of gcs, host-1/node, or a group"):
        resolve("host-1/sidecar", units=("gcs", "host-1/node"), links=(), leader=None)
