"""The transport never retries: what a server receives is what a client sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.http import HttpTransport
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.request import Api, Call
from actorproof.harness.runtimes.dapr.api import HttpApi
from actorproof.harness.runtimes.ray_cluster.api import DriverApi

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[HttpTransport]:
    """A transport to a server that hands each connection over, with its number."""
    count = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        try:
            await handler(reader, writer, count)
        finally:
            writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        transport = HttpTransport({"host-1": Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1])})
        yield transport
        await transport.close()


async def ask(
    transport: HttpTransport, *, method: str = "POST", path: str = "/", body: bytes = b"", timeout_s: float = 5
) -> Reply:
    return await transport.request(host="host-1", method=method, path=path, body=body, timeout_s=timeout_s)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_a_dropped_connection_is_never_asked_again(method: str) -> None:
    received: list[bytes] = []

    async def drops_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(4)
            received.append(head)
            if len(received) == 2:
                return
            writer.write(ANSWER)
            await writer.drain()

    async with served(drops_the_second) as transport:
        reply = await ask(transport, method=method, body=b"body")
        assert (reply.status, reply.body) == (200, b"ok")
        with pytest.raises(CutOffError):
            await ask(transport, method=method, body=b"body")
    assert len(received) == 2


async def test_an_answer_says_in_a_header_that_a_method_failed() -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        failed = b"X-Daprerrorresponseheader: true\r\n" if count > 1 else b""
        writer.write(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n" + failed + b"\r\n"))
        await writer.drain()

    async with served(answers) as transport:
        assert [(await ask(transport)).failed for _ in range(2)] == [False, True]


async def test_a_refused_connection_is_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        transport = HttpTransport({"host-1": Address(ip="127.0.0.1", port=taken.getsockname()[1])})
        with pytest.raises(RefusedError):
            await ask(transport)
        await transport.close()


async def test_an_answer_that_is_cut_off_is_no_answer() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    async with served(half) as transport:
        with pytest.raises(CutOffError):
            await ask(transport)


async def test_a_caller_that_gives_up_closes_its_connection() -> None:
    closed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        closed.set_result(await reader.read(1) == b"")

    async with served(silent) as transport:
        with pytest.raises(TimeoutError):
            await ask(transport, timeout_s=0.05)
        assert await asyncio.wait_for(closed, 5)


async def test_a_path_arrives_as_the_api_encoded_it() -> None:
    """Dots that stand for no folder, and a slash that parts nothing, must not be read before they are sent."""
    received: list[bytes] = []

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while line := await reader.readline():
            received.append(line)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()

    async with served(answers) as transport:
        for id_ in ("..", "a/b", "a b+c", "a%2Fb", "\u00fc", "a?b#c"):
            await ask(transport, path=HttpApi().wire(Call(actor=f"Counter/{id_}", method="get", body=b"")).path)
    ids = [line.split(b" ")[1].removeprefix(b"/v1.0/actors/Counter/").removesuffix(b"/method/get") for line in received]
    assert ids == [b"%2E%2E", b"a%2Fb", b"a%20b%2Bc", b"a%252Fb", b"%C3%BC", b"a%3Fb%23c"]


@pytest.mark.parametrize("api", [HttpApi(), DriverApi()], ids=["dapr", "ray"])
@pytest.mark.parametrize(("id_", "written"), [("..", "%2E%2E"), (".", "%2E"), ("a/b", "a%2Fb"), ("a b", "a%20b")])
def test_an_id_is_one_segment_of_the_path_that_every_runtime_is_asked_at(api: Api, id_: str, written: str) -> None:
    assert f"/Counter/{written}/" in api.wire(Call(actor=f"Counter/{id_}", method="get", body=b"")).path
