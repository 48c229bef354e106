"""Asking a unit over HTTP: one question over a fresh connection, and a whole answer or none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address

Answer = tuple[int, bytes] | None
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"


async def scene(answer: bytes | None, then: Callable[[Address], Awaitable[list[Answer]]]) -> tuple[list[Answer], int]:
    """What `then` found at a server that gives `answer` and goes (None: keeps silent), and how often it was asked."""
    asked = 0
    ended: list[asyncio.Event] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        end = asyncio.Event()
        ended.append(end)
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        await writer.wait_closed()
        end.set()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        found = await then(Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1]))
        async with asyncio.timeout(10):
            for end in ended:
                await end.wait()
    return found, asked


def told(answer: bytes | None, *, times: int = 1, timeout_s: float = 5.0) -> tuple[list[Answer], int]:
    async def then(address: Address) -> list[Answer]:
        return [await ask.get(address, "/healthz", timeout_s=timeout_s) for _ in range(times)]

    return asyncio.run(scene(answer, then))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", (200, b"ok")),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", (200, b"to the end")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (UNAVAILABLE, (503, b"bad")),
        (MOVED, (302, b"")),
    ],
)
def test_a_whole_answer_is_its_status_and_body(answer: bytes, found: Answer) -> None:
    assert told(answer) == ([found], 1)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", b"nonsense\r\n\r\n"]
)
def test_an_answer_that_is_cut_off_is_none_and_is_not_asked_for_again(answer: bytes) -> None:
    assert told(answer) == ([None], 1)


def test_silence_is_none() -> None:
    assert told(None, timeout_s=0.1) == ([None], 1)


def test_every_question_has_a_connection_of_its_own() -> None:
    assert told(UNAVAILABLE, times=2) == ([(503, b"bad")] * 2, 2)


async def test_nobody_there_is_none() -> None:
    async with await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0) as server:
        address = Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1])
    assert await ask.get(address, "/healthz") is None
