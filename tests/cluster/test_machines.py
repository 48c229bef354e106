"""What containers make possible: each fault on a machine takes effect, shows it, and is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.drivers.docker.cluster import DockerCluster
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

from .containers import ground, rig
from .contract import Rig, brought_up

pytestmark = pytest.mark.live


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path) as found:
        yield found


async def _no_leader() -> str | None:
    return None


def play(
    folder: Path, ground: Ground, scene: Callable[[Rig, Nemesis], Awaitable[None]], *, proxied: bool = False
) -> Sequence[ev.Event]:
    """Bring a cluster up and let a nemesis of its own work on it; what the nemesis wrote."""
    path = folder / "nemesis.jsonl"

    async def main() -> None:
        with Journal.open(path, process="nemesis", clock=SystemClock()) as journal:
            async with brought_up(rig(folder, ground, proxied=proxied)) as made:
                assert isinstance(made.cluster, DockerCluster)
                nemesis = Nemesis(
                    cluster=made.cluster,
                    journal=journal,
                    clock=SystemClock(),
                    leader=_no_leader,
                    machines=made.cluster.machines,
                )
                await scene(made, nemesis)

    asyncio.run(main())
    return list(read_journal(path))[1:]


def told(events: Sequence[ev.Event], kind: type[ev.FaultTook | ev.FaultHealed]) -> str:
    (found,) = [event for event in events if isinstance(event, kind)]
    return "; ".join(found.evidence)


async def answers(made: Rig) -> bool:
    """Whether the server can still be asked from here."""
    try:
        async with asyncio.timeout(2.0):
            await made.cluster.ready(made.server)
    except (TimeoutError, ClusterError):
        return False
    return True


def test_disconnect(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
        pid = made.cluster.state("store").pid
        await nemesis.inject("f1", Fault(verb="disconnect", target="store"))
        assert not await answers(made)
        await nemesis.heal("f1")
        assert await answers(made)
        assert made.cluster.state("store").pid == pid

    events = play(tmp_path, opened, scene)
    assert told(events, ev.FaultTook) == "store was reachable and is not"
    assert told(events, ev.FaultHealed).startswith("store is reachable")
    (started,) = [event for event in events if isinstance(event, ev.FaultStarted)]
    assert started.units == ("store",)
    assert started.links == ("host-1>store", "host-2>store", "host-3>store")


def test_a_unit_starts_while_its_machine_is_off_the_network(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
        await nemesis.inject("f1", Fault(verb="disconnect", target="store"))
        await made.cluster.kill("store")
        await made.cluster.start("store", wait_ready=False)
        await nemesis.heal("f1")
        assert await answers(made)

    play(tmp_path, opened, scene)


def test_block_one_way(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
        assert isinstance(made.cluster, DockerCluster)
        machines = made.cluster.machines
        await nemesis.inject("f1", Fault(verb="block", target="host-1->store"))
        assert not await machines.arrives("host-1", "store")
        assert await machines.arrives("store", "host-1")
        assert await answers(made)
        await nemesis.heal("f1")
        assert await machines.arrives("host-1", "store")

    events = play(tmp_path, opened, scene)
    assert told(events, ev.FaultTook) == (
        "host-1 to store: datagrams arrived before, none does now; store to host-1: datagrams still arrive"
    )
    assert told(events, ev.FaultHealed) == "host-1 to store: datagrams arrive"


def test_block_both_ways(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
        assert isinstance(made.cluster, DockerCluster)
        machines = made.cluster.machines
        await nemesis.inject("f1", Fault(verb="block", target="host-1<->store"))
        assert not await machines.arrives("host-1", "store")
        assert not await machines.arrives("store", "host-1")
        await nemesis.heal("f1")
        assert await machines.arrives("store", "host-1")
        await machines.unblock("host-1", "store")

    events = play(tmp_path, opened, scene)
    assert told(events, ev.FaultHealed) == "host-1 to store: datagrams arrive; store to host-1: datagrams arrive"


def test_throttle(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
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

    events = play(tmp_path, opened, scene)
    assert "periods at 1 % of a core" in told(events, ev.FaultTook)
    assert told(events, ev.FaultHealed).startswith("store has its limits off")


def test_starve(tmp_path: Path, opened: Ground) -> None:
    async def scene(made: Rig, nemesis: Nemesis) -> None:
        assert isinstance(made.cluster, DockerCluster)
        await nemesis.inject("f1", Fault(verb="starve", target="store", params={"memory_mb": 16}))
        assert (await made.cluster.machines.strain("store")).memory_limit_mb < 200
        await nemesis.heal("f1")
        assert (await made.cluster.machines.strain("store")).memory_limit_mb > 1000
        assert await answers(made)

    assert told(play(tmp_path, opened, scene), ev.FaultTook).startswith("store: limit ")


def test_what_can_not_be(tmp_path: Path, opened: Ground) -> None:
    async def scene(_: Rig, nemesis: Nemesis) -> None:
        with pytest.raises(UsageError, match="passes the proxy; choose a topology that is not proxied"):
            await nemesis.inject("f1", Fault(verb="block", target="host-1->host-2"))
        with pytest.raises(UsageError, match="machine host-9 is not in this topology"):
            await nemesis.inject("f1", Fault(verb="block", target="host-9->host-2"))
        with pytest.raises(UsageError, match="target host-9 is not in this topology"):
            await nemesis.inject("f1", Fault(verb="throttle", target="host-9"))
        assert nemesis.active == ()

    assert not play(tmp_path, opened, scene, proxied=True)
