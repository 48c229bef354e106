"""A sidecar that keeps state in memory, and a host process beside it."""

from __future__ import annotations

import asyncio
import io
import json
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal
from tests.properties.of_kind import Kind, of
from tests.subjects.forked import HOSTS, serve

DEADLINE_S = 20.0
# Hosts are forked from one process that has loaded their libraries, which takes longer than most tests.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([f"{HOSTS}.bare", f"{HOSTS}.sdk", f"{HOSTS}.stream"])
Process = multiprocessing.context.ForkServerProcess


class FakeSidecar:
    """State of actors by (actor, key), and timers; `refusals` are statuses that the next requests get instead.

    Calls of actors are kept as path, reentrancy id and body, and all get the same `answer`.
    """

    def __init__(self) -> None:
        self.state: dict[tuple[str, str], str] = {}
        self.timers: dict[tuple[str, str], Any] = {}
        self.refusals: list[int] = []
        self.posts = 0
        self.calls: list[tuple[str, str | None, Any]] = []
        self.answer: tuple[int, object] = (200, {"turn": "host-2/app#1:t1", "result": {"turns": 1, "stopped": None}})
        self.delay_s = 0.0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.path.split("/")[1:], request.method:
            case ["v1.0", "actors", type_, id_, "method", name], "POST":
                chain = request.headers.get("Dapr-Reentrancy-Id")
                self.calls.append((f"{type_}/{id_}/{name}", chain, await request.json()))
                await asyncio.sleep(self.delay_s)
                return web.json_response(self.answer[1], status=self.answer[0])
            case ["v1.0", "actors", type_, id_, "state", key], "GET":
                text = self.state.get((f"{type_}/{id_}", key))
                return web.Response(status=204) if text is None else web.Response(text=text)
            case ["v1.0", "actors", type_, id_, "state"], "POST" | "PUT":
                self.posts += 1
                operations = await request.json()
                await asyncio.sleep(self.delay_s)
                if self.refusals:
                    return web.Response(status=self.refusals.pop(0), text="refused")
                for operation in operations:
                    key = operation["request"]["key"]
                    value = json.dumps(operation["request"]["value"], separators=(",", ":"), sort_keys=True)
                    self.state[f"{type_}/{id_}", key] = value
                return web.Response(status=204)
            case ["v1.0", "actors", type_, id_, "timers", name], "POST" | "PUT" | "DELETE":
                if self.refusals:
                    return web.Response(status=self.refusals.pop(0), text="refused")
                self.timers.pop((f"{type_}/{id_}", name), None)
                if request.method != "DELETE":
                    self.timers[f"{type_}/{id_}", name] = await request.json()
                return web.Response(status=204)
        return web.Response(status=404)


class Host:
    """A host process and what its sidecar would ask of it."""

    def __init__(self, process: Process, base: str, journal: Path, sidecar: FakeSidecar) -> None:
        self.process = process
        self.base = base
        self.journal_path = journal
        self.sidecar = sidecar
        self.session = aiohttp.ClientSession()
        self.session._retry_connection = False  # noqa: SLF001 - no option: aiohttp would repeat a PUT by itself

    async def put(self, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        data = io.BytesIO(json.dumps(body).encode())  # aiohttp warns of large bodies that are text
        async with self.session.put(self.base + path, data=data, **options) as response:
            return response.status, json.loads(await response.read() or b"null")

    async def call(self, actor: str, method: str, op: str | None = None, **args: object) -> tuple[int, Any]:
        return await self.put(f"/actors/{actor}/method/{method}", {"op": op, "args": args})

    async def delete(self, actor: str) -> int:
        async with self.session.delete(f"{self.base}/actors/{actor}") as response:
            return response.status

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.base + path) as response:
            return response.status, await response.json(content_type=None)

    def journal(self) -> list[Any]:
        return list(read_journal(self.journal_path))

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.journal()]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; TimeoutError after `DEADLINE_S`."""
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110  the condition is about another process
                await asyncio.sleep(0.01)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)
        return await self.ended()

    async def ended(self) -> int:
        """Its exit code, once it has ended; negative when a signal ended it."""
        await self.until(lambda: self.process.exitcode is not None)
        assert self.process.exitcode is not None
        return self.process.exitcode

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The events of one kind."""
        return of(self.journal(), kind)

    def turns(self) -> list[ev.TurnStarted]:
        return self.of(ev.TurnStarted)


def forked(kind: str, words: tuple[str, ...], **environment: str) -> Process:
    """A process that is a host."""
    process = FORKS.Process(target=serve, args=(kind, words, environment))
    process.start()
    return process


@asynccontextmanager
async def running(
    folder: Path, slot: Slot, *, kind: str = "bare", options: tuple[str, ...] = ()
) -> AsyncIterator[Host]:
    sidecar = FakeSidecar()
    loop = asyncio.get_running_loop()
    server = web.Server(sidecar.handle)
    listener = await loop.create_server(server, "127.0.0.1", 0)
    sidecar_port = listener.sockets[0].getsockname()[1]
    port = slot.port()
    journal = folder / "host-1_app_1.jsonl"
    words = (
        *("--host", "host-1", "--process", "host-1/app#1", "--journal", str(journal)),
        *("--listen", f"127.0.0.1:{port}", "--sidecar", f"127.0.0.1:{sidecar_port}", "--idle-timeout-s", "20"),
        *("--drain-timeout-s", "10.5", "--drain-enabled", "true", "--reentrancy", "false", *options),
    )
    process = forked(kind, words)
    host = Host(process, f"http://127.0.0.1:{port}", journal, sidecar)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            assert process.is_alive(), "the host died"
            assert time.monotonic() < deadline, "the host does not answer"
            try:
                if (await host.get("/healthz"))[0] == 200:
                    break
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
        yield host
    finally:
        process.kill()
        process.join()
        await host.session.close()
        listener.close()
        await server.shutdown(0.1)


Start = Callable[..., AbstractAsyncContextManager[Host]]


@pytest.fixture
def start(tmp_path: Path, slot: Slot) -> Start:
    def begin(**options: Any) -> AbstractAsyncContextManager[Host]:
        return running(tmp_path, slot, **options)

    return begin


@pytest.fixture
def host_options() -> tuple[str, ...]:
    """What hosts are started with; a module that needs more has its own."""
    return ()


@pytest.fixture(params=["bare", "sdk"])
def host(
    request: pytest.FixtureRequest, runner: asyncio.Runner, start: Start, host_options: tuple[str, ...]
) -> Iterator[Host]:
    """A host of each kind; what the SDK keeps of failed turns is a matter of its own (test_sdk)."""
    repaired = ("--repaired", "true") if request.param == "sdk" else ()
    context = start(kind=request.param, options=(*host_options, *repaired))
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))
