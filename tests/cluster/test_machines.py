"""What containers make possible: each fault on a machine takes effect, shows it, and is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Machines
from actorproof.harness.drivers.docker.cluster import DockerCluster
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from tests.properties.of_kind import of

from .containers import ground, rig
from .contract import Rig, brought_up

pytestmark = pytest.mark.live


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path) as found:
        yield found


async def _no_leader() -> str | None:
    return None


@pytest.fixture
def proxied() -> bool:
    return False


@pytest.fixture
def made(tmp_path: Path, opened: Ground, runner: asyncio.Runner, *, proxied: bool) -> Iterator[Rig]:
    """A cluster that is up."""
    context = brought_up(rig(tmp_path, opened, proxied=proxied))
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "nemesis.jsonl", process="nemesis", clock=SystemClock()) as found:
        yield found


@pytest.fixture
def machines(made: Rig) -> Machines:
    assert isinstance(made.cluster, DockerCluster)
    return made.cluster.machines


@pytest.fixture
def nemesis(made: Rig, machines: Machines, journal: Journal) -> Nemesis:
    """One of the test's own, which works on it."""
    clock = SystemClock()
    return Nemesis(cluster=made.cluster, journal=journal, clock=clock, leader=_no_leader, machines=machines)


def told(journal: Journal, kind: type[ev.FaultTook | ev.FaultHealed]) -> str:
    (found,) = of(read_journal(journal.path), kind)
    return "; ".join(found.evidence)


async def answers(made: Rig) -> bool:
    """Whether the server can still be asked from here."""
    try:
        async with asyncio.timeout(2.0):
            await made.cluster.ready(made.server)
    except (TimeoutError, ClusterError):
        return False
    return True


async def test_disconnect(made: Rig, nemesis: Nemesis, journal: Journal) -> None:
    pid = made.cluster.state("store").pid
    await nemesis.inject("f1", Fault(verb="disconnect", target="store"))
    assert not await answers(made)
    await nemesis.heal("f1")
    assert await answers(made)
    assert made.cluster.state("store").pid == pid
    assert told(journal, ev.FaultTook) == "store was reachable and is not"
    assert told(journal, ev.FaultHealed).startswith("store is reachable")
    (started,) = of(read_journal(journal.path), ev.FaultStarted)
    assert started.units == ("store",)
    assert started.links == ("host-1>store", "host-2>store", "host-3>store")


async def test_a_unit_starts_while_its_machine_is_off_the_network(made: Rig, nemesis: Nemesis) -> None:
    await nemesis.inject("f1", Fault(verb="disconnect", target="store"))
    await made.cluster.kill("store")
    await made.cluster.start("store", wait_ready=False)
    await nemesis.heal("f1")
    assert await answers(made)


async def test_block_one_way(made: Rig, nemesis: Nemesis, machines: Machines, journal: Journal) -> None:
    await nemesis.inject("f1", Fault(verb="block", target="host-1->store"))
    assert not await machines.arrives("host-1", "store")
    assert await machines.arrives("store", "host-1")
    assert await answers(made)
    await nemesis.heal("f1")
    assert await machines.arrives("host-1", "store")
    assert told(journal, ev.FaultTook) == (
        "host-1 to store: datagrams arrived before, none does now; store to host-1: datagrams still arrive"
    )
    assert told(journal, ev.FaultHealed) == "host-1 to store: datagrams arrive"


async def test_block_both_ways(nemesis: Nemesis, machines: Machines, journal: Journal) -> None:
    await nemesis.inject("f1", Fault(verb="block", target="host-1<->store"))
    assert not await machines.arrives("host-1", "store")
    assert not await machines.arrives("store", "host-1")
    await nemesis.heal("f1")
    assert await machines.arrives("store", "host-1")
    await machines.unblock("host-1", "store")
    assert told(journal, ev.FaultHealed) == "host-1 to store: datagrams arrive; store to host-1: datagrams arrive"


async def test_throttle(made: Rig, nemesis: Nemesis, journal: Journal, opened: Ground) -> None:
    at = opened.addresses

    async def press() -> None:
        while True:
            _, writer = await asyncio.open_connection(at.ip("store"), 7001)
            writer.close()

    pressing = asyncio.create_task(press())
    await nemesis.inject("f1", Fault(verb="throttle", target="store", params={"cpu_percent": 1}))
    pressing.cancel()
    await asyncio.gather(pressing, return_exceptions=True)
    await nemesis.heal("f1")
    assert await answers(made)
    assert "periods at 1 % of a core" in told(journal, ev.FaultTook)
    assert told(journal, ev.FaultHealed).startswith("store has its limits off")


async def test_starve(made: Rig, nemesis: Nemesis, machines: Machines, journal: Journal) -> None:
    await nemesis.inject("f1", Fault(verb="starve", target="store", params={"memory_mb": 16}))
    assert (await machines.strain("store")).memory_limit_mb < 200
    await nemesis.heal("f1")
    assert (await machines.strain("store")).memory_limit_mb > 1000
    assert await answers(made)
    assert told(journal, ev.FaultTook).startswith("store: limit ")


@pytest.mark.parametrize("proxied", [True])
async def test_what_can_not_be(nemesis: Nemesis, journal: Journal) -> None:
    with pytest.raises(UsageError, match="passes the proxy; choose a topology that is not proxied"):
        await nemesis.inject("f1", Fault(verb="block", target="host-1->host-2"))
    with pytest.raises(UsageError, match="machine host-9 is not in this topology"):
        await nemesis.inject("f1", Fault(verb="block", target="host-9->host-2"))
    with pytest.raises(UsageError, match="target host-9 is not in this topology"):
        await nemesis.inject("f1", Fault(verb="throttle", target="host-9"))
    assert nemesis.active == ()
    assert not read_journal(journal.path)[1:]
