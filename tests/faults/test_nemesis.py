"""The nemesis touches what a target stands for, proves it or says that it could not, and takes everything back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.cluster.port import UnitStatus
from actorproof.harness.errors import ClusterError, FaultError, UsageError
from actorproof.harness.faults import links as links_module
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.target import Resolved, resolve
from actorproof.harness.history import events as ev

from .rig import UNITS, Fake, injected, journaled, nemesis_on


async def test_a_host_is_killed_as_a_whole_and_comes_back_application_first(tmp_path: Path) -> None:
    cluster = Fake()
    with nemesis_on(tmp_path, cluster) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        assert nemesis.active == ("f1",)
        await nemesis.heal("f1")
        await nemesis.heal("f1")
    events = journaled(tmp_path)
    assert sorted(cluster.done[:2]) == ["kill host-1/app", "kill host-1/sidecar"]
    assert cluster.done[2:5] == ["start host-1/app", "ready host-1/app", "start host-1/sidecar"]
    assert [type(event) for event in events] == [ev.FaultStarted, ev.FaultTook, ev.FaultHealed]


async def test_the_leader_is_found_when_it_is_hit(tmp_path: Path) -> None:
    cluster = Fake()
    with nemesis_on(tmp_path, cluster) as nemesis:
        await nemesis.inject("f1", Fault(verb="pause", target="placement:leader"))
        await nemesis.heal_all()
    events = journaled(tmp_path)
    assert isinstance(events[0], ev.FaultStarted)
    assert events[0].units == ("placement-1",)
    assert cluster.done[:2] == ["pause placement-1", "resume placement-1"]


@pytest.mark.parametrize(
    ("successor", "said"),
    [("placement-0", "placement-0 leads, placement-1 did"), (None, "no placement replica leads, placement-1 did")],
)
async def test_who_led_and_who_leads_now_is_told(tmp_path: Path, successor: str | None, said: str) -> None:
    cluster = Fake()

    async def leader() -> str | None:
        return successor if "kill placement-1" in cluster.done else "placement-1"

    with nemesis_on(tmp_path, cluster, leader=leader) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="placement:leader"))
        await nemesis.heal("f1")
        await nemesis.inject("f2", Fault(verb="kill", target="placement-0"))
        await nemesis.heal("f2")
    events = journaled(tmp_path)
    took, healed = ([e.evidence for e in events if isinstance(e, kind)] for kind in (ev.FaultTook, ev.FaultHealed))
    assert took == [("placement-1 pid 1 is gone", "placement-1 led"), ("placement-0 pid 1 is gone",)]
    assert healed[0] == (said, "placement-1 pid 1 is ready")
    assert healed[1] == ("placement-0 pid 1 is ready",)


async def test_a_fault_that_is_in_place_is_not_injected_again(tmp_path: Path) -> None:
    with nemesis_on(tmp_path, Fake()) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        with pytest.raises(FaultError, match="f1 is in place already"):
            await nemesis.inject("f1", Fault(verb="kill", target="store"))


@pytest.mark.parametrize(("half", "other"), [("host-1/sidecar", "host-1/app"), ("host-1/app", "host-1/sidecar")])
async def test_a_half_that_does_not_get_ready_keeps_the_other_not_down_and_is_left_to_the_checkers(
    tmp_path: Path, half: str, other: str
) -> None:
    cluster = Fake(never_ready=half)
    *_, healed = await injected(tmp_path, Fault(verb="kill", target="host-1"), cluster)
    assert isinstance(healed, ev.FaultHealed)
    assert f"{half} is not ready" in " ".join(healed.evidence)
    assert cluster.status[other] is UnitStatus.RUNNING


async def test_an_application_that_ends_with_its_sidecar_is_no_obstacle_to_the_end_of_its_host(tmp_path: Path) -> None:
    cluster = Fake(follows="host-2/sidecar")
    *_, healed = await injected(tmp_path, Fault(verb="add", target="host-2"), cluster)
    assert isinstance(healed, ev.FaultHealed)
    assert "terminate host-2/app" not in cluster.done


async def test_a_fault_that_cannot_be_healed_stays_and_is_tried_again(tmp_path: Path) -> None:
    cluster = Fake(failures=2)
    with nemesis_on(tmp_path, cluster) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        with pytest.raises(ClusterError):
            await nemesis.heal("f1")
        assert list(nemesis.active) == ["f1"]
        await nemesis.heal_all()
        assert list(nemesis.active) == []
    events = journaled(tmp_path)
    assert isinstance(events[-1], ev.FaultHealed)
    assert cluster.status["store"] is UnitStatus.RUNNING


async def test_what_can_never_be_healed_is_no_healed_run(tmp_path: Path) -> None:
    with nemesis_on(tmp_path, Fake(failures=99)) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        with pytest.raises(ClusterError, match="1 fault can't be healed: f1: store can't be started"):
            await nemesis.heal_all()
    events = journaled(tmp_path)
    assert not any(isinstance(event, ev.FaultHealed) for event in events)


async def test_a_mended_link_that_does_not_answer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "MEND_TIMEOUT_S", 0.2)
    *_, healed = await injected(tmp_path, Fault(verb="cut", target="host-1>store"))
    assert isinstance(healed, ev.FaultHealed)
    assert "host-1>store does not answer within 0.2 s: connection refused" in healed.evidence[0]


async def test_heal_all_brings_hosts_back_last(tmp_path: Path) -> None:
    cluster = Fake()
    with nemesis_on(tmp_path, cluster) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="host-1"))
        await nemesis.inject("f2", Fault(verb="kill", target="store"))
        await nemesis.heal_all()
    assert [entry for entry in cluster.done if entry.startswith("start")] == [
        "start store",
        "start host-1/app",
        "start host-1/sidecar",
    ]


async def test_what_ends_by_itself_is_started_again_and_nothing_else(tmp_path: Path) -> None:
    cluster = Fake()
    with nemesis_on(tmp_path, cluster) as nemesis:
        await nemesis.inject("f1", Fault(verb="kill", target="store"))
        await nemesis.inject("f2", Fault(verb="add", target="host-2"))
        await nemesis.heal("f2")
        cluster.status["placement-1"] = UnitStatus.EXITED
        keeping = asyncio.create_task(nemesis.keep())
        async with asyncio.timeout(10):
            while cluster.done[-1] != "start placement-1":  # noqa: ASYNC110 - the fake has no event to wait for
                await asyncio.sleep(0.01)
        keeping.cancel()
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


@pytest.mark.parametrize("target", ["host-9", "placement:first", "scheduler:all", "host-9>store", ""])
def test_unknown_targets_say_what_there_is(target: str) -> None:
    with pytest.raises(UsageError, match="is not in this topology: choose"):
        resolve(target, units=UNITS, links=("host-1>store",), leader=None)
