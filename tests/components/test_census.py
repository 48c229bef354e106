"""The census, on servers that speak like Dapr's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.events import SidecarObserved, TableObserved
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.dapr.census import Census, PlacementSight, SidecarSight

from .support import planned, until

CLOCK = SystemClock()


class Unit:
    """Answers GETs from a table; a path that isn't in it answers 404, a slow one never."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.slow = False

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.slow:
            await asyncio.sleep(5)
        text = self.answers.get(request.path)
        return web.Response(status=404) if text is None else web.Response(text=text)


@asynccontextmanager
async def served(units: dict[Address, Unit]) -> AsyncIterator[None]:
    runners = []
    for address, unit in units.items():
        runner = web.ServerRunner(web.Server(unit.handle), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, address.ip, address.port).start()
        runners.append(runner)
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


def new_table(version: int, *addresses: str) -> str:
    hosts = [{"name": address, "entities": ["Counter"]} for address in addresses]
    return json.dumps({"tables": {"default": {"hosts": hosts, "version": version}}})


def old_table(version: int, *addresses: str) -> str:
    hosts = [{"name": address, "actorTypes": ["Counter"]} for address in addresses]
    return json.dumps({"tableVersion": version, "hostList": hosts})


def metadata(*, ready: bool = True) -> dict[str, str]:
    runtime = {"hostReady": ready, "placement": f"placement: {'connected' if ready else 'disconnected'}"}
    return {"/v1.0/healthz": "", "/v1.0/metadata": json.dumps({"actorRuntime": runtime})}


@pytest.fixture
def slot() -> Iterator[Slot]:
    with Slot.acquire() as held:
        yield held


class Scene:
    """A deployment of two hosts without proxies whose units are in this process."""

    def __init__(self, folder: Path, slot: Slot, topology: Topology) -> None:
        # A plan's ports are counted; put real ones in their places.
        planned_ = planned(folder, topology)
        ends = planned_.endpoints
        self.placements = {name: Unit() for name in ends.placement_health}
        self.metrics = {name: Unit() for name in ends.placement_health}
        self.sidecars = {name: Unit() for name in ends.sidecar_direct}
        where = {name: Address(ip="127.0.0.1", port=slot.port()) for name in (*self.placements, *self.sidecars)}
        metrics = {name: Address(ip="127.0.0.1", port=slot.port()) for name in self.metrics}
        self.deployment = replace(
            planned_,
            endpoints=replace(
                ends,
                placement_health={name: where[name] for name in self.placements},
                sidecar_direct={name: where[name] for name in self.sidecars},
                advertised={f"a:{n}": f"host-{n}" for n in (1, 2)},
                metrics=metrics,
            ),
        )
        self.units = {where[name]: unit for name, unit in (self.placements | self.sidecars).items()}
        self.units |= {metrics[name]: unit for name, unit in self.metrics.items()}
        self.journal = Journal.open(folder / "harness.jsonl", process="harness", clock=CLOCK)

    def census(self) -> Census:
        return Census(self.deployment, self.journal, CLOCK)

    def events(self) -> list[TableObserved | SidecarObserved]:
        return [e for e in read_journal(self.journal.path) if isinstance(e, TableObserved | SidecarObserved)]


def topology(version: str = "1.18.2", *, placements: int = 1) -> Topology:
    return Topology(
        hosts=2,
        spare_hosts=0,
        proxied=False,
        placements=placements,
        version=version,
        schedulers=0 if version == "1.12.0" else 1,
    )


def test_only_changes_are_written(tmp_path: Path, slot: Slot) -> None:
    async def play(scene: Scene) -> None:
        async def seen(number: int) -> None:
            async def reached() -> bool:
                return len(scene.events()) >= number

            await until(reached)

        async with served(scene.units), scene.census() as census:
            running = asyncio.create_task(census.run())
            await seen(3)
            await asyncio.sleep(0.6)  # two more looks, which find nothing new
            assert len(scene.events()) == 3
            scene.sidecars["host-2"].answers = metadata(ready=False)
            await seen(4)
            scene.sidecars["host-2"].slow = True
            await seen(5)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    scene = Scene(tmp_path, slot, topology())
    scene.placements["placement-0"].answers["/placement/state"] = new_table(2, "a:2", "a:1", "b:9")
    for unit in scene.sidecars.values():
        unit.answers = metadata()
    with scene.journal:
        asyncio.run(play(scene))
    first, last = scene.events()[:3], scene.events()[3:]
    (table,) = (event for event in first if isinstance(event, TableObserved))
    assert (table.placement, table.leader, table.version, table.hosts) == (
        "placement-0",
        True,
        2,
        ("b:9", "host-1", "host-2"),
    )
    assert [
        (e.host, e.answers, e.placement_connected, e.host_ready) for e in last if isinstance(e, SidecarObserved)
    ] == [
        ("host-2", True, False, False),
        ("host-2", False, False, False),
    ]


def test_a_table_that_is_seen_late_says_since_when_it_may_have_changed(tmp_path: Path, slot: Slot) -> None:
    async def play(scene: Scene) -> int:
        async with served(scene.units), scene.census() as census:
            running = asyncio.create_task(census.run())
            await until(lambda: seen(scene, 1))
            unit = scene.placements["placement-0"]
            unit.slow = True
            silent_ns = CLOCK.now_ns()
            await asyncio.sleep(1.5)  # longer than a look waits
            unit.answers["/placement/state"] = new_table(3, "a:1")
            unit.slow = False
            await until(lambda: seen(scene, 2))
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        return silent_ns

    async def seen(scene: Scene, number: int) -> bool:
        return len([e for e in scene.events() if isinstance(e, TableObserved)]) >= number

    scene = Scene(tmp_path, slot, topology())
    scene.placements["placement-0"].answers["/placement/state"] = new_table(2, "a:1", "a:2")
    with scene.journal:
        silent_ns = asyncio.run(play(scene))
    first, second = (e for e in scene.events() if isinstance(e, TableObserved))
    assert first.not_before_ns == 0
    assert 0 < second.not_before_ns <= silent_ns < second.t_ns


def test_leader(tmp_path: Path, slot: Slot) -> None:
    async def play(scene: Scene, answers: dict[str, str], gauges: dict[str, str]) -> str | None:
        for name, text in answers.items():
            scene.placements[name].answers["/placement/state"] = text
        for name, text in gauges.items():
            scene.metrics[name].answers["/metrics"] = text
        async with served(scene.units), scene.census() as census:
            return await census.leader()

    new = Scene(tmp_path / "new", slot, topology(placements=3))
    assert asyncio.run(play(new, {}, {})) is None
    assert asyncio.run(play(new, {"placement-0": "null", "placement-2": "null"}, {})) is None
    assert asyncio.run(play(new, {"placement-1": new_table(1)}, {})) == "placement-1"
    old = Scene(tmp_path / "old", slot, topology("1.16.0", placements=3))
    tables = dict.fromkeys(old.placements, old_table(1))
    assert asyncio.run(play(old, tables, {})) is None
    gauges = {"placement-0": "dapr_placement_leader_status 0\n", "placement-2": "dapr_placement_leader_status 1\n"}
    assert asyncio.run(play(old, tables, gauges)) == "placement-2"
    oldest = Scene(tmp_path / "oldest", slot, topology("1.14.1", placements=3))
    heard_s = CLOCK.wall_ns() // 1_000_000_000
    gauge = 'dapr_placement_actor_heartbeat_timestamp{{app_id="a",host_name="a:1"}} {:.9e}\n'.format
    gauges = {"placement-0": gauge(heard_s - 60), "placement-1": gauge(heard_s)}
    assert asyncio.run(play(oldest, tables, gauges)) == "placement-1"
    for scene in (new, old, oldest):
        scene.journal.close()


@pytest.mark.parametrize(
    ("version", "tables", "ready", "settled"),
    [
        ("1.18.2", [new_table(2, "a:1", "a:2")], True, True),
        ("1.18.2", ["null", new_table(2, "a:1", "a:2"), "null"], True, True),
        ("1.18.2", [new_table(2, "a:1", "a:2")], False, False),
        ("1.18.2", [new_table(2, "a:1")], True, False),
        ("1.18.2", [new_table(2, "a:1", "a:2", "b:9")], True, False),
        ("1.18.2", ["null"], True, False),
        ("1.16.0", [old_table(2, "a:1", "a:2")] * 3, True, True),
        ("1.16.0", [old_table(2, "a:1", "a:2")] * 2 + [old_table(1, "a:1", "a:2")], True, False),
        ("1.12.0", [old_table(2, "a:1", "a:2")], True, True),
    ],
)
def test_settled(tmp_path: Path, slot: Slot, version: str, tables: list[str], *, ready: bool, settled: bool) -> None:
    async def play(scene: Scene) -> bool:
        async with served(scene.units), scene.census() as census:
            return await census.settled(1.5)

    scene = Scene(tmp_path, slot, topology(version, placements=len(tables)))
    for text, name in zip(tables, scene.placements, strict=True):
        scene.placements[name].answers["/placement/state"] = text
        scene.metrics[name].answers["/metrics"] = f"dapr_placement_leader_status {int(name == 'placement-0')}\n"
    for unit in scene.sidecars.values():
        unit.answers = metadata(ready=ready)
        if version == "1.12.0":
            unit.answers["/v1.0/metadata"] = "{}"
    with scene.journal:
        assert asyncio.run(play(scene)) is settled


def test_nobody_answers(tmp_path: Path, slot: Slot) -> None:
    async def play(scene: Scene) -> tuple[PlacementSight | None, SidecarSight, bool]:
        async with scene.census() as census:
            return await census.placement("placement-0"), await census.sidecar("host-1"), await census.settled(0.3)

    scene = Scene(tmp_path, slot, topology())
    with scene.journal:
        placement, sidecar, settled = asyncio.run(play(scene))
    assert placement is None
    assert sidecar == SidecarSight(answers=False, placement_connected=False, host_ready=False)
    assert not settled


def test_without_placement_ready_sidecars_agree(tmp_path: Path, slot: Slot) -> None:
    scene = Scene(tmp_path, slot, topology("1.19.0-rc.1", placements=0))

    async def look() -> tuple[bool, bool, str | None]:
        async with served(scene.units), scene.census() as census:
            scene.sidecars["host-1"].answers = metadata()
            scene.sidecars["host-2"].answers = metadata(ready=False)
            early = await census.settled(0.5)
            scene.sidecars["host-2"].answers = metadata()
            return early, await census.settled(10), await census.leader()

    assert asyncio.run(look()) == (False, True, None)
