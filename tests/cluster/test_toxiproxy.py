"""Toxiproxy's API: two servers in one process, errors as ClusterError, and no detour by the environment's proxy."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address, Blueprint
from actorproof.harness.cluster.toxiproxy import Toxiproxy
from actorproof.harness.drivers.process.cluster import ProcessCluster
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ClusterError

from .blueprints import cluster, link, local, proxy, toxiproxy_program


@pytest.fixture
def slot() -> Iterator[Slot]:
    with Slot.acquire() as held:
        yield held


def served(api: Address, folder: Path) -> ProcessCluster:
    unit = proxy(toxiproxy_program(), api, folder=folder)
    return cluster(Blueprint(waves=((unit,),), links=(), proxy_api=None), folder)


async def test_two_servers_in_one_process(tmp_path: Path, slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    apis = [local(slot), local(slot)]
    links = [link(f"host-{n}>store", slot, local(slot), to="store") for n in (1, 2)]

    clusters = [served(api, tmp_path / str(n)) for n, api in enumerate(apis)]
    try:
        await asyncio.gather(*(it.up() for it in clusters))
        one, two = (Toxiproxy(api) for api in apis)
        assert await one.version()
        await asyncio.gather(one.populate(links), two.populate(links[:0]))
        assert await one.enabled() == frozenset()
        await one.enable("host-1>store")
        await one.enable("host-1>store")
        assert await one.enabled() == {"host-1>store"}
        with pytest.raises(ClusterError, match=r"can't enable host-1>store: .*proxy not found"):
            await two.enable("host-1>store")
        await one.disable("host-1>store")
        assert await one.enabled() == frozenset()
    finally:
        await asyncio.gather(*(it.down() for it in clusters))


async def test_taken_listen_address(tmp_path: Path, slot: Slot) -> None:
    api = local(slot)
    spec = link("host-1>store", slot, local(slot), to="store")
    it = served(api, tmp_path)
    try:
        await it.up()
        server = Toxiproxy(api)
        await server.populate([spec])
        with (
            socket.create_server((spec.listen.ip, spec.listen.port)),
            pytest.raises(ClusterError, match=r"can't enable host-1>store: .*in use"),
        ):
            await server.enable("host-1>store")
        await server.enable("host-1>store")
    finally:
        await it.down()


async def test_no_server_and_a_silent_server(slot: Slot) -> None:
    api = local(slot)

    started = time.monotonic()
    server = Toxiproxy(api, timeout_s=0.2)
    with pytest.raises(ClusterError, match=f"toxiproxy at {api} can't ask for its version: no answer"):
        await server.version()
    with socket.create_server((api.ip, api.port)):
        beats = 0
        asked = asyncio.create_task(server.version())
        while not asked.done():
            await asyncio.sleep(0.01)
            beats += 1
        with pytest.raises(ClusterError, match="no answer"):
            asked.result()
        assert beats > 3  # the event loop went on meanwhile
    assert time.monotonic() - started < 60
