"""A small real cluster: up, a call, one more host, down."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.cluster import ProcessCluster
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.events import StoreCommitted
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.dapr.census import Census
from actorproof.harness.runtimes.dapr.plan import Deployment, plan
from actorproof.harness.stores.storelog import StoreLog

from .support import real_programs

CLOCK = SystemClock()
pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    "topology",
    [
        Topology(),
        Topology(placements=3, schedulers=3),
        Topology(proxied=False),
        Topology(subject="sdk"),
        Topology(version="1.16.0"),
        Topology(version="1.12.0", schedulers=0),
    ],
    ids=lambda t: f"{t.version}-{t.subject}-{t.placements}{'' if t.proxied else '-unproxied'}",
)
def test_cluster(tmp_path: Path, topology: Topology) -> None:
    programs = real_programs(topology.version)
    scratch = tmp_path / "scratch"
    with Slot.acquire() as slot:
        deployment = plan(
            topology=topology,
            programs=programs,
            addresses=Loopback(slot),
            scratch=scratch,
            run_dir=tmp_path / "run",
            python=sys.executable,
        )
        asyncio.run(play(deployment, tmp_path / "run", scratch))


async def play(deployment: Deployment, run_dir: Path, scratch: Path) -> None:
    ends = deployment.endpoints
    with Journal.open(run_dir / "raw" / "harness.jsonl", process="harness", clock=CLOCK) as journal:
        cluster = ProcessCluster(
            blueprint=deployment.blueprint, journal=journal, run_dir=run_dir, scratch=scratch, clock=CLOCK
        )
        store_log = StoreLog(ends.store_log, journal, CLOCK, store=ends.store)
        async with Census(deployment, journal, CLOCK) as census:
            try:
                await cluster.up()
                assert await census.settled(10.0, hosts=("host-1", "host-2"))
                await call(ends.sidecar_http["host-1"], "Counter/one/method/add", by=2)
                await cluster.start("host-3/app")
                await cluster.start("host-3/sidecar")
                assert await census.settled(10.0, hosts=("host-1", "host-2", "host-3"))
                leader = await census.leader()
                assert leader is not None
                assert leader.startswith("placement-")
                for host in ("host-1", "host-2", "host-3"):
                    await call(ends.sidecar_http[host], "Counter/one/method/add", by=1)
                await store_log.poll()
            finally:
                await store_log.close()
                await cluster.down()
        found = [event for event in read_journal(journal.path) if isinstance(event, StoreCommitted)]
    assert [json.loads(event.writes[0].value or "null")["value"] for event in found] == [2, 3, 4, 5]


async def call(sidecar: Address, path: str, **args: object) -> None:
    body = json.dumps({"op": None, "args": args})
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
        session.post(f"http://{sidecar}/v1.0/actors/{path}", data=body) as response,
    ):
        assert response.status == 200, await response.text()
