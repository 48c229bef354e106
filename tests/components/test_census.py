"""The census, on servers that speak like Dapr's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.events import SidecarObserved, TableObserved
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.dapr.census import Census, SidecarSight
from tests.properties.of_kind import Kind, of

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


class Scene:
    """A deployment of two hosts without proxies whose units are in this process."""

    def __init__(self, folder: Path, slot: Slot, journal: Journal, topology: Topology) -> None:
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
        self.journal = journal

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Census]:
        async with served(self.units), Census(self.deployment, self.journal, CLOCK) as census:
            yield census

    def seen(self, kind: type[Kind]) -> list[Kind]:
        return of(read_journal(self.journal.path), kind)


Make = Callable[..., Scene]


@pytest.fixture
def make(tmp_path: Path, slot: Slot, log: Journal) -> Make:
    def scene(version: str = "1.18.2", *, placements: int = 1) -> Scene:
        schedulers: Literal[0, 1] = 0 if version == "1.12.0" else 1
        topology = Topology(
            hosts=2, spare_hosts=0, proxied=False, placements=placements, version=version, schedulers=schedulers
        )
        return Scene(tmp_path, slot, log, topology)

    return scene


async def test_only_changes_are_written(make: Make) -> None:
    scene = make()
    scene.placements["placement-0"].answers["/placement/state"] = new_table(2, "a:2", "a:1", "b:9")
    for unit in scene.sidecars.values():
        unit.answers = metadata()
    async with scene.watched() as census:
        running = asyncio.create_task(census.run())
        await until(lambda: scene.seen(TableObserved) and len(scene.seen(SidecarObserved)) >= 2)
        await asyncio.sleep(0.6)  # two more looks, which find nothing new
        assert (len(scene.seen(TableObserved)), len(scene.seen(SidecarObserved))) == (1, 2)
        scene.sidecars["host-2"].answers = metadata(ready=False)
        await until(lambda: len(scene.seen(SidecarObserved)) >= 3)
        scene.sidecars["host-2"].slow = True
        await until(lambda: len(scene.seen(SidecarObserved)) >= 4)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    (table,) = scene.seen(TableObserved)
    assert (table.placement, table.leader, table.version) == ("placement-0", True, 2)
    assert table.hosts == ("b:9", "host-1", "host-2")
    last = [(e.host, e.answers, e.placement_connected, e.host_ready) for e in scene.seen(SidecarObserved)[2:]]
    assert last == [("host-2", True, False, False), ("host-2", False, False, False)]


async def test_a_table_that_is_seen_late_says_since_when_it_may_have_changed(make: Make) -> None:
    scene = make()
    unit = scene.placements["placement-0"]
    unit.answers["/placement/state"] = new_table(2, "a:1", "a:2")
    async with scene.watched() as census:
        running = asyncio.create_task(census.run())
        await until(lambda: scene.seen(TableObserved))
        unit.slow = True
        silent_ns = CLOCK.now_ns()
        await asyncio.sleep(1.5)  # longer than a look waits
        unit.answers["/placement/state"] = new_table(3, "a:1")
        unit.slow = False
        await until(lambda: len(scene.seen(TableObserved)) >= 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    first, second = scene.seen(TableObserved)
    assert first.not_before_ns == 0
    assert 0 < second.not_before_ns <= silent_ns < second.t_ns


TABLES = dict.fromkeys(("placement-0", "placement-1", "placement-2"), old_table(1))
LEADS = "dapr_placement_leader_status {}\n".format
HEARD = 'dapr_placement_actor_heartbeat_timestamp{app_id="a",host_name="a:1"} '


@pytest.mark.parametrize(
    ("version", "answers", "gauges", "leader"),
    [
        ("1.18.2", {}, {}, None),
        ("1.18.2", {"placement-0": "null", "placement-2": "null"}, {}, None),
        ("1.18.2", {"placement-1": new_table(1)}, {}, "placement-1"),
        ("1.16.0", TABLES, {}, None),
        ("1.16.0", TABLES, {"placement-0": LEADS(0), "placement-2": LEADS(1)}, "placement-2"),
        ("1.14.1", TABLES, {"placement-0": f"{HEARD}BEFORE\n", "placement-1": f"{HEARD}NOW\n"}, "placement-1"),
    ],
    ids=["no answer", "no table", "a table", "tables alone", "a gauge of leading", "a gauge of heartbeats"],
)
async def test_who_leads_shows_in_its_table_or_in_its_gauges(
    make: Make, version: str, answers: dict[str, str], gauges: dict[str, str], leader: str | None
) -> None:
    scene = make(version, placements=3)
    for name, text in answers.items():
        scene.placements[name].answers["/placement/state"] = text
    now_s = CLOCK.wall_ns() // 1_000_000_000
    for name, text in gauges.items():
        told = text.replace("NOW", f"{now_s:.9e}").replace("BEFORE", f"{now_s - 60:.9e}")
        scene.metrics[name].answers["/metrics"] = told
    async with scene.watched() as census:
        assert await census.leader() == leader


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
async def test_a_cluster_has_settled_when_tables_and_sidecars_agree(
    make: Make, version: str, tables: list[str], *, ready: bool, settled: bool
) -> None:
    scene = make(version, placements=len(tables))
    for text, name in zip(tables, scene.placements, strict=True):
        scene.placements[name].answers["/placement/state"] = text
        scene.metrics[name].answers["/metrics"] = LEADS(int(name == "placement-0"))
    for unit in scene.sidecars.values():
        unit.answers = metadata(ready=ready)
        if version == "1.12.0":
            unit.answers["/v1.0/metadata"] = "{}"
    async with scene.watched() as census:
        assert await census.settled(1.5) is settled


async def test_where_nobody_answers_nothing_has_settled(make: Make) -> None:
    scene = make()
    async with Census(scene.deployment, scene.journal, CLOCK) as census:
        assert await census.placement("placement-0") is None
        nothing = SidecarSight(answers=False, placement_connected=False, host_ready=False)
        assert await census.sidecar("host-1") == nothing
        assert not await census.settled(0.3)


async def test_without_placement_ready_sidecars_agree(make: Make) -> None:
    scene = make("1.19.0-rc.1", placements=0)
    async with scene.watched() as census:
        scene.sidecars["host-1"].answers = metadata()
        scene.sidecars["host-2"].answers = metadata(ready=False)
        assert not await census.settled(0.5)
        scene.sidecars["host-2"].answers = metadata()
        assert await census.settled(10)
        assert await census.leader() is None
