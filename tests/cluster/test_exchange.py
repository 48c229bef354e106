"""The proof of a link fault tells apart what the faults do to a connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from actorproof.harness.cluster.blueprint import Address, Protocol
from actorproof.harness.cluster.exchange import exchange, question, whole
from actorproof.harness.cluster.port import Exchange

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
POSTGRES_READY = b"Z\x00\x00\x00\x05I"
SETTINGS_ACK = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"


async def _exchange(handler: Handler, protocol: Protocol, *, timeout_s: float = 5.0) -> Exchange:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await exchange(Address(ip="127.0.0.1", port=port), protocol, timeout_s=timeout_s)


@pytest.mark.parametrize(
    ("protocol", "answer"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("redis", b"$2000\r\n" + b"x" * 2000 + b"\r\n"),
        ("postgres", POSTGRES_READY + b"x" * 2000 + POSTGRES_READY),
        ("grpc", b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + SETTINGS_ACK),
    ],
)
def test_a_whole_answer_is_waited_for(protocol: Protocol, answer: bytes) -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(question(protocol)))
        writer.write(answer[:5])
        await writer.drain()
        writer.write(answer[5:])
        await writer.drain()

    seen = asyncio.run(_exchange(answers, protocol))
    assert seen.ending == "answered"
    assert seen.received == len(answer)
    assert not whole(protocol, answer[:5])


def test_silence_is_an_open_connection_without_bytes() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    seen = asyncio.run(_exchange(silent, "redis", timeout_s=0.2))
    assert (seen.ending, seen.received) == ("silent", 0)


def test_a_close_without_an_answer() -> None:
    async def closes(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        return

    assert asyncio.run(_exchange(closes, "http")).ending in {"closed", "reset"}


def test_a_reset() -> None:
    async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert asyncio.run(_exchange(resets, "http")).ending == "reset"


def test_a_refusal() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = Address(ip="127.0.0.1", port=taken.getsockname()[1])
        assert asyncio.run(exchange(address, "http", timeout_s=5)).ending == "refused"
