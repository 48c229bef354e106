"""Faults on machines without machines: what is refused, what is severed, and what has no effect is missed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Strain
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.faults.target import pair
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

from .test_nemesis import Fake, _leader


class Deaf:
    """Machines on which nothing has an effect."""

    def places(self) -> tuple[str, ...]:
        return ("host-1", "host-2", "placement-0", "placement-1", "store", "toxiproxy")

    async def disconnect(self, place: str) -> None: ...

    async def reconnect(self, place: str) -> None: ...

    async def block(self, source: str, target: str) -> None: ...

    async def unblock(self, source: str, target: str) -> None: ...

    async def restrain(self, place: str, *, memory_mb: int | None, cpu_percent: int | None) -> None: ...

    async def release(self, place: str) -> None: ...

    async def reachable(self, place: str, *, timeout_s: float) -> bool:
        return True

    async def arrives(self, source: str, target: str) -> bool:
        return True

    async def strain(self, place: str) -> Strain:
        return Strain(memory_mb=10, memory_limit_mb=1000, refused=0, throttled=0)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("a->b", ("a", "b", False)),
        ("host-1<->store", ("host-1", "store", True)),
        ("a>b", None),
        ("a->a", None),
        ("a->", None),
        ("a->b->c", None),
        ("host-1", None),
    ],
)
def test_pair(target: str, found: tuple[str, str, bool] | None) -> None:
    assert pair(target) == found


@pytest.mark.parametrize(
    ("verb", "target"),
    [
        ("block", "host-1"),
        ("block", "host-1>store"),
        ("cut", "host-1->store"),
        ("disconnect", "host-1/app"),
        ("throttle", "host-1->store"),
    ],
)
def test_target_of_the_wrong_kind(verb: str, target: str) -> None:
    with pytest.raises(UsageError, match="is wanted"):
        Fault(verb=verb, target=target)
    with pytest.raises(UsageError, match="cpu_percent has to be positive"):
        Fault(verb="throttle", target="host-1", params={"cpu_percent": 0})


@pytest.mark.parametrize("verb", ["disconnect", "starve", "throttle"])
def test_a_driver_without_machines_says_so(tmp_path: Path, verb: str) -> None:
    async def work() -> None:
        with Journal.open(tmp_path / "j.jsonl", process="harness", clock=SystemClock()) as journal:
            nemesis = Nemesis(cluster=Fake(), journal=journal, clock=SystemClock(), leader=_leader)
            with pytest.raises(UsageError, match="needs hosts with a machine each: choose --driver docker"):
                await nemesis.inject("f1", Fault(verb=verb, target="host-1"))

    asyncio.run(work())
    assert len(read_journal(tmp_path / "j.jsonl")) == 1


def test_what_a_disconnect_severs() -> None:
    ground = Ground(cluster=Fake(linked=False), clock=SystemClock(), machines=Deaf())

    def severed(target: str, verb: str = "disconnect") -> tuple[str, ...]:
        fault = Fault(verb=verb, target=target)
        return fault.kind.resolve(ground, fault, "placement-1").links

    assert severed("host-1") == (
        *("client>host-1", "peers>host-1", "host-1>app"),
        *("host-1>placement-0", "host-1>placement-1", "host-1>store"),
    )
    assert severed("placement:leader") == ("host-1>placement-1", "host-2>placement-1")
    assert severed("host-1->placement-0", "block") == ("host-1>placement-0",)
    assert severed("placement-0->host-1", "block") == ("host-1>placement-0",)
    assert severed("host-1->host-2", "block") == ()
    assert severed("host-1", "throttle") == ()


@pytest.mark.parametrize(
    ("verb", "target", "reason"),
    [
        ("disconnect", "store", "store is still reachable"),
        ("block", "host-1->toxiproxy", "host-1 still gets through to toxiproxy"),
        ("starve", "store", "the kernel has no new limit for store"),
        ("throttle", "store", "no unit of store was held back"),
    ],
)
def test_no_effect_is_missed_and_healed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, target: str, reason: str
) -> None:
    monkeypatch.setattr("actorproof.harness.faults.kinds.machines.throttle.STRAIN_S", 0.1)

    async def work() -> None:
        with Journal.open(tmp_path / "j.jsonl", process="harness", clock=SystemClock()) as journal:
            nemesis = Nemesis(cluster=Fake(), journal=journal, clock=SystemClock(), leader=_leader, machines=Deaf())
            injected = await nemesis.inject("f1", Fault(verb=verb, target=target))
            assert not injected.proved
            await nemesis.heal("f1")
            assert nemesis.active == ()

    asyncio.run(work())
    events = read_journal(tmp_path / "j.jsonl")[1:]
    assert [type(event) for event in events] == [ev.FaultStarted, ev.FaultMissed, ev.FaultHealed]
    assert isinstance(events[1], ev.FaultMissed)
    assert events[1].reason.startswith(reason)
