"""PostgreSQL as the store of a cluster: the contract in containers, and the store's own verbs on processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address, Blueprint, LinkSpec
from actorproof.harness.cluster.port import Toxic
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.drivers.process.guardian import children_of, is_alive
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.stores import postgres
from actorproof.harness.stores.postgres_client import Connection, Row
from tests.components.postgres_server import open_folder, postgres_program

from .blueprints import cluster, local, proxy, toxiproxy_program
from .containers import ground, images
from .containers import rig as container_rig
from .contract import LinkedClusterContract, Played, Rig, brought_up

ANSWER_S = 10.0


class TestContainers(Played):
    """What of the contract is about the store's own processes and protocol; the rest is held with an echo server."""

    linked = LinkedClusterContract.linked
    test_kill_then_start = LinkedClusterContract.test_kill_then_start_is_the_next_incarnation
    test_pause_and_resume = LinkedClusterContract.test_pause_and_resume
    test_terminate = LinkedClusterContract.test_terminate
    test_cut_link_stays_cut_until_mended = LinkedClusterContract.test_cut_link_stays_cut_until_mended
    test_toxics_come_and_go = LinkedClusterContract.test_toxics_come_and_go

    @pytest.fixture(autouse=True)
    def _opened(self, tmp_path: Path) -> Iterator[None]:
        images("postgres")
        with ground(tmp_path) as opened:
            self.ground: Ground = opened
            yield

    def make(self, folder: Path) -> Rig:
        return container_rig(folder, self.ground, proxied=True, with_postgres=True)


class TestProcesses:
    """Its processes leave the unit's group, so that the group's signals are not enough."""

    @pytest.fixture
    def slot(self) -> Iterator[Slot]:
        with Slot.acquire() as held:
            yield held

    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        # pytest's own folders are closed to the user as whom the server runs where this is root.
        with open_folder() as folder:
            yield folder

    @pytest.fixture
    def at(self, slot: Slot) -> Address:
        """Where it listens."""
        return local(slot)

    @pytest.fixture
    def rig(self, folder: Path, slot: Slot, at: Address, runner: asyncio.Runner) -> Iterator[Rig]:
        """A cluster of PostgreSQL and a proxy that is up."""
        api, listen = local(slot), local(slot)
        store = postgres.unit(program=postgres_program(), cwd=folder / "store", listen=at)
        link = LinkSpec(name="host-1>store", listen=listen, upstream=at, server="store", protocol="postgres")
        waves = ((proxy(toxiproxy_program(), api, folder=folder),), (store,))
        rig = Rig(
            cluster=cluster(Blueprint(waves=waves, links=(link,), proxy_api=api), folder),
            server="store",
            stubborn="",
            spare="",
            broken="",
            link="host-1>store",
            journal=folder / "raw" / "harness.jsonl",
        )
        context = brought_up(rig)
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))

    async def test_killed_whole_and_back_with_what_was_committed(self, rig: Rig, at: Address) -> None:
        await ask(at, "CREATE TABLE kept AS SELECT 1 AS a")
        pids = family(rig)
        assert len(pids) > 3
        await rig.cluster.kill("store")
        assert not any(is_alive(pid) for pid in pids)
        await rig.cluster.start("store")
        assert await ask(at, "SELECT a FROM kept") == [(1,)]
        assert rig.story("store")[2:6] == [
            "SIGKILL 1",
            "exited 1 code -9 expected",
            "started 2",
            "ready 2",
        ]

    async def test_paused_whole(self, rig: Rig, at: Address) -> None:
        async with Connection(at) as connection:
            await connection.query("SELECT", timeout_s=ANSWER_S)
            await rig.cluster.pause("store")
            # One that had just ended waits for its parent, which stands still.
            assert {state_of(pid) for pid in family(rig)} - {"Z"} == {"T"}
            with pytest.raises(TimeoutError):
                await connection.query("SELECT", timeout_s=0.2)
            await rig.cluster.resume("store")
            await rig.cluster.ready("store")

    async def test_terminated_in_good_order_although_a_client_stays(self, rig: Rig, at: Address, folder: Path) -> None:
        async with Connection(at) as connection:
            await connection.query("SELECT", timeout_s=ANSWER_S)
            await rig.cluster.terminate("store")
        assert rig.story("store")[2:] == ["SIGTERM 1", "exited 1 code 0 expected"]
        assert "database system is shut down" in (folder / "logs" / "store.1.log").read_text()

    async def test_link_faults_show(self, rig: Rig) -> None:
        link = "host-1>store"
        slow = Toxic(name="slow", kind="latency", stream="downstream", attributes=(("latency", 300), ("jitter", 0)))
        assert (await rig.cluster.exchange(link, timeout_s=ANSWER_S)).ending == "answered"
        await rig.cluster.add_toxic(link, slow)
        assert (await rig.cluster.exchange(link, timeout_s=ANSWER_S)).took_ms >= 300
        await rig.cluster.cut(link)
        assert (await rig.cluster.exchange(link, timeout_s=ANSWER_S)).ending == "refused"
        await rig.cluster.mend(link)
        seen = await rig.cluster.exchange(link, timeout_s=ANSWER_S)
        assert seen.ending == "answered"
        assert seen.received > 2000


async def ask(at: Address, query: str) -> list[Row]:
    async with Connection(at) as connection:
        return await connection.query(query, timeout_s=ANSWER_S)


def family(rig: Rig) -> set[int]:
    """The launcher, the server, and every process of the server."""
    pid = rig.cluster.state("store").pid
    assert pid is not None
    return {pid} | children_of({pid})


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
