"""The nemesis touches what a target stands for, proves it or says that it could not, and takes everything back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Exchange, Toxic, UnitState, UnitStatus
from actorproof.harness.errors import ClusterError, FaultError, UsageError
from actorproof.harness.faults import links as links_module
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.faults.target import Resolved, resolve
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

UNITS = ("host-1/app", "host-1/sidecar", "host-2/app", "host-2/sidecar", "placement-0", "placement-1", "store")


class Fake:
    """A cluster of names: verbs change a status, and are remembered in order."""

    def __init__(self, *, never_ready: str = "", failures: int = 0, linked: bool = True, follows: str = "") -> None:
        self.status = dict.fromkeys(UNITS, UnitStatus.RUNNING)
        self.status |= {"host-2/app": UnitStatus.ABSENT, "host-2/sidecar": UnitStatus.ABSENT}
        self.done: list[str] = []
        self.never_ready = never_ready
        self.failures = failures
        self.linked = linked
        self.follows = follows  # a sidecar after which its application ends by itself

    def units(self) -> tuple[str, ...]:
        return UNITS

    def links(self) -> tuple[str, ...]:
        return ("host-1>store",) if self.linked else ()

    def state(self, unit: str) -> UnitState:
        return UnitState(name=unit, status=self.status[unit], incarnation=1, pid=1)

    def _do(self, verb: str, unit: str, status: UnitStatus) -> None:
        self.done.append(f"{verb} {unit}")
        self.status[unit] = status

    async def up(self) -> None: ...

    async def down(self) -> None: ...

    async def start(self, unit: str, *, wait_ready: bool = True) -> None:
        assert not wait_ready
        if self.failures:
            self.failures -= 1
            raise ClusterError(f"{unit} can't be started")
        self._do("start", unit, UnitStatus.RUNNING)

    async def ready(self, unit: str) -> None:
        self.done.append(f"ready {unit}")
        if unit == self.never_ready:
            raise ClusterError(f"{unit} is not ready")

    async def kill(self, unit: str) -> None:
        self._do("kill", unit, UnitStatus.EXITED)

    async def terminate(self, unit: str) -> None:
        if self.status[unit] is UnitStatus.EXITED:
            raise ClusterError(f"{unit} does not run")
        self._do("terminate", unit, UnitStatus.EXITED)
        if unit == self.follows:
            self.status[unit.replace("/sidecar", "/app")] = UnitStatus.EXITED

    async def pause(self, unit: str) -> None:
        self._do("pause", unit, UnitStatus.PAUSED)

    async def resume(self, unit: str) -> None:
        self._do("resume", unit, UnitStatus.RUNNING)

    async def cut(self, link: str) -> None: ...

    async def mend(self, link: str) -> None: ...

    async def add_toxic(self, link: str, toxic: Toxic) -> None: ...

    async def remove_toxic(self, link: str, name: str) -> None: ...

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        del link, timeout_s
        return Exchange(ending="refused", received=0, took_ms=0.0)

    def initial(self, unit: str) -> bool:
        return not unit.startswith("host-2")

    def awaited(self, unit: str) -> bool:
        return True

    def resident_bytes(self, unit: str) -> int | None:
        del unit
        return None


async def _leader() -> str | None:
    return "placement-1"


def _with_nemesis(
    tmp_path: Path,
    cluster: Fake,
    work: Callable[[Nemesis], Coroutine[Any, Any, None]],
    *,
    leader: Callable[[], Coroutine[Any, Any, str | None]] = _leader,
) -> list[ev.AnyEvent]:
    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        clock = SystemClock()
        asyncio.run(work(Nemesis(cluster=cluster, journal=journal, clock=clock, leader=leader)))
    return read_journal(tmp_path / "harness.jsonl")[1:]


def test_a_host_is_killed_as_a_whole_and_comes_back_application_first(tmp_path: Path) -> None:
    cluster = Fake()

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        assert nemesis.active == ("f1",)
        await nemesis.heal("f1")
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, cluster, work)
    assert sorted(cluster.done[:2]) == ["kill host-1/app", "kill host-1/sidecar"]
    assert cluster.done[2:5] == ["start host-1/app", "ready host-1/app", "start host-1/sidecar"]
    assert [type(event) for event in events] == [ev.FaultStarted, ev.FaultTook, ev.FaultHealed]


def test_the_leader_is_found_when_it_is_hit(tmp_path: Path) -> None:
    cluster = Fake()

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="pause", target="placement:leader"))
        await nemesis.heal_all()

    events = _with_nemesis(tmp_path, cluster, work)
    assert isinstance(events[0], ev.FaultStarted)
    assert events[0].units == ("placement-1",)
    assert cluster.done[:2] == ["pause placement-1", "resume placement-1"]


@pytest.mark.parametrize(
    ("successor", "said"),
    [("placement-0", "placement-0 leads, placement-1 did"), (None, "no placement replica leads, placement-1 did")],
)
def test_who_led_and_who_leads_now_is_told(tmp_path: Path, successor: str | None, said: str) -> None:
    cluster = Fake()

    async def leader() -> str | None:
        return successor if "kill placement-1" in cluster.done else "placement-1"

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="placement:leader"))
        await nemesis.heal("f1")
        await nemesis.inject("f2", Fault(verb="kill", target="placement-0"))
        await nemesis.heal("f2")

    events = _with_nemesis(tmp_path, cluster, work, leader=leader)
    took, healed = ([e.evidence for e in events if isinstance(e, kind)] for kind in (ev.FaultTook, ev.FaultHealed))
    assert took == [("placement-1 pid 1 is gone", "placement-1 led"), ("placement-0 pid 1 is gone",)]
    assert healed[0] == (said, "placement-1 pid 1 is ready")
    assert healed[1] == ("placement-0 pid 1 is ready",)


def test_what_shows_no_effect_is_missed_and_healed_all_the_same(tmp_path: Path) -> None:
    async def work(nemesis: Nemesis) -> None:
        injected = await nemesis.inject("f1", Fault(verb="add", target="host-1"))
        assert not injected.proved
        with pytest.raises(FaultError, match="f1 is in place already"):
            await nemesis.inject("f1", Fault(verb="kill", target="store"))
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, Fake(), work)
    assert [type(event) for event in events] == [ev.FaultStarted, ev.FaultMissed, ev.FaultHealed]


def test_a_unit_that_does_not_get_ready_is_left_to_the_checkers(tmp_path: Path) -> None:
    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1/sidecar"))
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, Fake(never_ready="host-1/sidecar"), work)
    assert isinstance(events[-1], ev.FaultHealed)
    assert "not ready" in events[-1].evidence[0]


def test_an_application_that_does_not_get_ready_keeps_no_sidecar_down(tmp_path: Path) -> None:
    cluster = Fake(never_ready="host-1/app")

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, cluster, work)
    assert cluster.status["host-1/sidecar"] is UnitStatus.RUNNING
    assert isinstance(events[-1], ev.FaultHealed)
    assert "host-1/app is not ready" in events[-1].evidence[0]


def test_an_application_that_ends_with_its_sidecar_is_no_obstacle_to_the_end_of_its_host(tmp_path: Path) -> None:
    cluster = Fake(follows="host-2/sidecar")

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="add", target="host-2"))
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, cluster, work)
    assert isinstance(events[-1], ev.FaultHealed)
    assert "terminate host-2/app" not in cluster.done


def test_a_fault_that_cannot_be_healed_stays_and_is_tried_again(tmp_path: Path) -> None:
    cluster = Fake(failures=2)

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        with pytest.raises(ClusterError):
            await nemesis.heal("f1")
        assert list(nemesis.active) == ["f1"]
        await nemesis.heal_all()
        assert list(nemesis.active) == []

    events = _with_nemesis(tmp_path, cluster, work)
    assert isinstance(events[-1], ev.FaultHealed)
    assert cluster.status["store"] is UnitStatus.RUNNING


def test_what_can_never_be_healed_is_no_healed_run(tmp_path: Path) -> None:
    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        with pytest.raises(ClusterError, match="1 fault can't be healed: f1: store can't be started"):
            await nemesis.heal_all()

    events = _with_nemesis(tmp_path, Fake(failures=99), work)
    assert not any(isinstance(event, ev.FaultHealed) for event in events)


def test_a_mended_link_that_does_not_answer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "MEND_TIMEOUT_S", 0.2)

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="cut", target="host-1>store"))
        await nemesis.heal("f1")

    events = _with_nemesis(tmp_path, Fake(), work)
    assert isinstance(events[-1], ev.FaultHealed)
    assert "host-1>store does not answer within 0.2 s: connection refused" in events[-1].evidence[0]


def test_heal_all_brings_hosts_back_last(tmp_path: Path) -> None:
    cluster = Fake()

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        await nemesis.inject("f2", Fault(verb="kill", target="store"))
        await nemesis.heal_all()

    _with_nemesis(tmp_path, cluster, work)
    assert [entry for entry in cluster.done if entry.startswith("start")] == [
        "start store",
        "start host-1/app",
        "start host-1/sidecar",
    ]


def test_what_ends_by_itself_is_started_again_and_nothing_else(tmp_path: Path) -> None:
    cluster = Fake()

    async def work(nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        await nemesis.inject("f2", Fault(verb="add", target="host-2"))
        await nemesis.heal("f2")
        cluster.status["placement-1"] = UnitStatus.EXITED
        keeping = asyncio.create_task(nemesis.keep())
        async with asyncio.timeout(10):
            while cluster.done[-1] != "start placement-1":  # noqa: ASYNC110 - the fake has no event to wait for
                await asyncio.sleep(0.01)
        keeping.cancel()

    _with_nemesis(tmp_path, cluster, work)
    assert cluster.status["store"] is cluster.status["host-2/app"] is UnitStatus.EXITED


@pytest.mark.parametrize(
    ("target", "resolved"),
    [
        ("host-1", Resolved(units=("host-1/sidecar", "host-1/app"))),
        ("host-1/app", Resolved(units=("host-1/app",))),
        ("placement:all", Resolved(units=("placement-0", "placement-1"))),
        ("placement:leader", Resolved(units=("placement-1",))),
        ("host-1>store", Resolved(links=("host-1>store",))),
    ],
)
def test_targets(target: str, resolved: Resolved) -> None:
    assert resolve(target, units=UNITS, links=("host-1>store",), leader="placement-1") == resolved


@pytest.mark.parametrize("target", ["host-9", "placement:first", "scheduler:all", "host-9>store", ""])
def test_unknown_targets_say_what_there_is(target: str) -> None:
    with pytest.raises(UsageError, match="is not in this topology: choose"):
        resolve(target, units=UNITS, links=("host-1>store",), leader=None)


@pytest.mark.parametrize(("verb", "target"), [("cut", "host-1"), ("kill", "host-1>store")])
def test_a_verb_has_to_fit_its_target(verb: str, target: str) -> None:
    with pytest.raises(UsageError, match="is wanted"):
        Fault(verb=verb, target=target)
