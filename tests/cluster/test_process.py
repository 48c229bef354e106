"""The process driver: the contract, without and with proxies, and what is its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address, Blueprint, UnitSpec
from actorproof.harness.cluster.port import UnitStatus
from actorproof.harness.drivers.process.guardian import is_alive
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ClusterError, JournalError, PortTakenError
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

from .blueprints import accepts, cluster, link, local, proxy, server, toxiproxy_program
from .contract import DEADLINE_S, ClusterContract, LinkedClusterContract, Rig, brought_up, until


@pytest.fixture(autouse=True)
def slot() -> Iterator[Slot]:
    with Slot.acquire() as held:
        yield held


class TestWithoutProxies(ClusterContract):
    @pytest.fixture(autouse=True)
    def _slot(self, slot: Slot) -> None:
        self.slot = slot

    def make(self, folder: Path) -> Rig:
        return make_rig(folder, self.slot, proxied=False)


class TestWithProxies(LinkedClusterContract):
    @pytest.fixture(autouse=True)
    def _slot(self, slot: Slot) -> None:
        toxiproxy_program()
        self.slot = slot

    def make(self, folder: Path) -> Rig:
        return make_rig(folder, self.slot, proxied=True)

    async def test_killed_proxy_comes_back_as_it_should_be(self, rig: Rig) -> None:
        link = self.linked(rig)
        await rig.cluster.kill("toxiproxy")
        with pytest.raises(ClusterError, match="the proxy does not run"):
            await rig.cluster.cut(link)
        await rig.cluster.start("toxiproxy")
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"
        await rig.cluster.cut(link)
        await rig.cluster.kill("toxiproxy")
        await rig.cluster.start("toxiproxy")
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.kill("toxiproxy")
        await rig.cluster.kill(rig.server)
        await rig.cluster.mend(link)
        await rig.cluster.start("toxiproxy")
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.start(rig.server)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"

    async def test_unexpected_death_closes_the_link(self, rig: Rig) -> None:
        pid = rig.cluster.state(rig.server).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(DEADLINE_S):
            while (await rig.cluster.exchange(self.linked(rig), timeout_s=1.0)).ending != "refused":
                pass

    async def test_quick_restarts_leave_the_link_right(self, rig: Rig) -> None:
        for _ in range(5):
            await rig.cluster.kill(rig.server)
            await rig.cluster.start(rig.server, wait_ready=False)
        await rig.cluster.kill(rig.server)
        assert (await rig.cluster.exchange(self.linked(rig), timeout_s=1.0)).ending == "refused"
        await rig.cluster.start(rig.server)
        assert (await rig.cluster.exchange(self.linked(rig), timeout_s=1.0)).ending == "answered"


def make_rig(folder: Path, slot: Slot, *, proxied: bool) -> Rig:
    at = local(slot)
    api = local(slot)
    waves: list[tuple[UnitSpec, ...]] = [
        (server("store", at, folder=folder),),
        (
            server("host-1/app", local(slot), "stubborn", folder=folder),
            server("host-2/app", local(slot), folder=folder, initial=False),
            server("host-3/app", local(slot), "broken", folder=folder, initial=False),
        ),
    ]
    if proxied:
        waves.insert(0, (proxy(toxiproxy_program(), api, folder=folder),))
    links = (link("host-1>store", slot, at, to="store"),) if proxied else ()
    blueprint = Blueprint(waves=tuple(waves), links=links, proxy_api=api if proxied else None)
    return Rig(
        cluster=cluster(blueprint, folder),
        server="store",
        stubborn="host-1/app",
        spare="host-2/app",
        broken="host-3/app",
        link="host-1>store" if proxied else None,
        journal=folder / "raw" / "harness.jsonl",
    )


def single(folder: Path, spec: UnitSpec, *later: UnitSpec) -> Rig:
    blueprint = Blueprint(waves=((spec,), *((each,) for each in later)), links=(), proxy_api=None)
    return Rig(
        cluster=cluster(blueprint, folder),
        server=spec.name,
        stubborn=spec.name,
        spare=spec.name,
        broken=spec.name,
        link=None,
        journal=folder / "raw" / "harness.jsonl",
    )


async def say(address: Address, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(address.ip, address.port)
    try:
        writer.write(line)
        return await reader.readline()
    finally:
        writer.transport.abort()


def stat_of(pid: int | None) -> list[str]:
    """State, parent, group, ... of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def environment_of(pid: int | None) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


async def child_of(folder: Path) -> int:
    """The pid of the process that a server with option "forks" started."""
    path = folder / "store" / "child.pid"
    await until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


async def test_incarnation_is_filled_in_and_environment_is_clean(
    tmp_path: Path, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
    spec = server("host-1/app", local(slot), folder=tmp_path)
    env_at: list[str] = []

    async with brought_up(single(tmp_path, spec)) as rig:
        env_at.extend(environment_of(rig.cluster.state("host-1/app").pid))
        await rig.cluster.kill("host-1/app")
        await rig.cluster.start("host-1/app")
    for number in (1, 2):
        log = (tmp_path / "logs" / f"host-1_app.{number}.log").read_text()
        assert log.startswith(f"incarnation {number} ['run-{number}']")
    assert {entry.partition("=")[0] for entry in env_at if entry} <= {"PATH", "HOME", "LANG", "INCARNATION"}


async def test_unexpected_exit_is_noticed_and_told(tmp_path: Path, slot: Slot) -> None:
    at = local(slot)

    async with brought_up(single(tmp_path, server("store", at, folder=tmp_path))) as rig:
        assert await say(at, b"die\n") == b""
        await until(lambda: rig.story("store")[-1] == "exited 1 code 3 unexpected")
        assert rig.cluster.state("store").status is UnitStatus.EXITED
        with pytest.raises(ClusterError, match="store does not run: it exited with code 3"):
            await rig.cluster.kill("store")
        await rig.cluster.start("store")
    assert rig.story("store")[3:5] == ["started 2", "ready 2"]


def exits(folder: Path, slot: Slot) -> UnitSpec:
    return server("store", local(slot), "broken", folder=folder)


def never_ready(folder: Path, slot: Slot) -> UnitSpec:
    return replace(server("store", local(slot), folder=folder), ready=accepts(local(slot)), ready_timeout_s=0.3)


def not_there(folder: Path, slot: Slot) -> UnitSpec:
    return replace(server("store", local(slot), folder=folder), argv=(str(folder / "absent"),))


@pytest.mark.parametrize(
    ("made", "said", "story"),
    [
        (exits, r"store exited with code 7 .*store\.1\.log ends: .*no such thing", "started 1"),
        (never_ready, r"store is not ready after 0\.3 s: .*; .*store\.1\.log", "started 1"),
        (not_there, r"store can't be started: No such file or directory: .*absent", ""),
    ],
)
async def test_a_unit_that_does_not_come_up_is_named_with_its_reason(
    tmp_path: Path, slot: Slot, made: Callable[[Path, Slot], UnitSpec], said: str, story: str
) -> None:
    rig = single(tmp_path, made(tmp_path, slot))
    with pytest.raises(ClusterError, match=said):
        await rig.cluster.up()
    await rig.cluster.down()
    assert rig.story("store")[:1] == [story] * bool(story)


async def test_port_taken_names_unit_and_address(tmp_path: Path, slot: Slot) -> None:
    at = local(slot)

    rig = single(tmp_path, server("store", at, folder=tmp_path))
    with (
        socket.create_server((at.ip, at.port)),
        pytest.raises(PortTakenError, match=f"store needs {at}, where another process listens: stop that process"),
    ):
        await rig.cluster.up()
    await rig.cluster.start("store")
    await rig.cluster.down()
    assert rig.story("store")[0] == "started 1"


@pytest.mark.parametrize("away", [(), ("away",)], ids=["in its group", "in a session of its own, as of PostgreSQL"])
async def test_what_a_unit_forked_stops_and_ends_with_it(tmp_path: Path, slot: Slot, away: tuple[str, ...]) -> None:
    spec = server("store", local(slot), "forks", *away, folder=tmp_path)
    async with brought_up(single(tmp_path, spec)) as rig:
        child = await child_of(tmp_path)
        assert (stat_of(child)[2] != stat_of(rig.cluster.state("store").pid)[2]) is bool(away)
        await rig.cluster.pause("store")
        assert stat_of(child)[0] == "T"
        await rig.cluster.resume("store")
        assert stat_of(child)[0] != "T"
        await rig.cluster.pause("store")
        await rig.cluster.kill("store")
        await until(lambda: not is_alive(child))
        await rig.cluster.start("store")


async def test_guardian_killed_takes_the_units_along(tmp_path: Path, slot: Slot) -> None:
    async with brought_up(single(tmp_path, server("store", local(slot), "forks", folder=tmp_path))) as rig:
        pid = rig.cluster.state("store").pid
        assert pid is not None
        child = await child_of(tmp_path)
        guardian = int(stat_of(pid)[1])
        await rig.cluster.pause("store")
        os.kill(guardian, signal.SIGKILL)
        await until(lambda: not is_alive(pid) and not is_alive(child))
        await until(lambda: rig.story("store")[-1] == "exited 1 code -9 unexpected")
        for verb in (rig.cluster.start, rig.cluster.kill):
            with pytest.raises(ClusterError, match="guardian process has died"):
                await verb("store")
    assert not (tmp_path / "scratch").exists()


async def test_full_disk_stops_the_verbs_but_not_the_end(
    tmp_path: Path, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise JournalError("no space left on device")

    rig = single(tmp_path, server("store", local(slot), folder=tmp_path))
    cluster = rig.cluster
    await cluster.up()
    pid = cluster.state("store").pid
    assert pid is not None
    monkeypatch.setattr(Journal, "write", refused)
    with pytest.raises(JournalError):
        await cluster.kill("store")
    await cluster.down()
    assert not is_alive(pid)
    assert not (tmp_path / "scratch").exists()
    assert read_journal(tmp_path / "raw" / "harness.jsonl")


async def test_kill_cuts_a_terminate_short(tmp_path: Path, slot: Slot) -> None:
    spec = replace(server("store", local(slot), "stubborn", folder=tmp_path), grace_s=3600.0)

    async with brought_up(single(tmp_path, spec)) as rig:
        ending = asyncio.create_task(rig.cluster.terminate("store"))
        await until(lambda: rig.story("store")[-1] == "SIGTERM 1")
        await rig.cluster.kill("store")
        await ending
    assert rig.story("store")[2:] == ["SIGTERM 1", "SIGKILL 1", "exited 1 code -9 expected"]


async def test_kill_of_a_unit_that_is_not_ready(tmp_path: Path, slot: Slot) -> None:
    spec = replace(server("store", local(slot), folder=tmp_path), ready=accepts(local(slot)), ready_timeout_s=3600.0)

    rig = single(tmp_path, spec)
    starting = asyncio.create_task(rig.cluster.up())
    await until(lambda: rig.story("store") == ["started 1"])
    await rig.cluster.kill("store")
    with pytest.raises(ClusterError, match="store was ended by SIGKILL before it was ready"):
        await starting
    await rig.cluster.down()
    assert rig.story("store") == ["started 1", "SIGKILL 1", "exited 1 code -9 expected"]


async def test_a_unit_that_ends_while_others_wait_for_it_in_vain_is_named_at_once(tmp_path: Path, slot: Slot) -> None:
    at = local(slot)
    first = server("gcs", at, folder=tmp_path)
    waiting = server("node", local(slot), folder=tmp_path)
    waiting = replace(waiting, ready=accepts(local(slot)), ready_timeout_s=3600.0)

    rig = single(tmp_path, first, waiting)
    starting = asyncio.create_task(rig.cluster.up())
    await until(lambda: "ready 1" in rig.story("gcs"))
    assert await say(at, b"die\n") == b""
    with pytest.raises(ClusterError, match="gcs exited with code 3 soon after it was ready"):
        await asyncio.wait_for(starting, 60)
    await rig.cluster.down()


@pytest.mark.parametrize("steps", range(12))
async def test_cancelled_at_any_point_of_the_start(tmp_path: Path, slot: Slot, steps: int) -> None:
    rig = single(tmp_path, server("store", local(slot), folder=tmp_path))
    starting = asyncio.create_task(rig.cluster.up())
    for _ in range(steps):
        await asyncio.sleep(0)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await rig.cluster.down()
    assert not (tmp_path / "scratch").exists()
    if story := rig.story("store"):
        assert story[-1].startswith("exited 1")


async def test_two_starts_at_once(tmp_path: Path, slot: Slot) -> None:
    rig = single(tmp_path, server("store", local(slot), folder=tmp_path))
    first, second = await asyncio.gather(*(rig.cluster.start("store") for _ in range(2)), return_exceptions=True)
    assert first is None
    assert isinstance(second, ClusterError)
    await rig.cluster.down()
    assert rig.story("store")[:2] == ["started 1", "ready 1"]


async def test_interrupted_harness_code_still_comes_down(tmp_path: Path, slot: Slot) -> None:
    rig = single(tmp_path, server("store", local(slot), "stubborn", folder=tmp_path))
    await rig.cluster.up()
    pid = rig.cluster.state("store").pid
    assert pid is not None
    going = asyncio.create_task(rig.cluster.down())
    await asyncio.sleep(0)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    await rig.cluster.down()
    assert not is_alive(pid)
