"""A server that speaks PostgreSQL's protocol and answers every query as it is told."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores.pgwire import Row, message

READY = message(b"Z", b"I")
TRUSTED = message(b"R", struct.pack("!i", 0))
WANTS_PASSWORD = message(b"R", struct.pack("!i", 3))
SETTING = message(b"S", b"server_version\x0015.18\x00")

# What a query is answered with, byte by byte; None: nothing, with the connection open.
Answer = Callable[[str], bytes | None]


def rows(*wanted: Row) -> bytes:
    """A whole answer with these rows."""
    return b"".join((message(b"T", b"\0\0"), *map(_row, wanted), message(b"C", b"SELECT\0"), READY))


def error(code: str, text: str, *, ready: bool = True) -> bytes:
    """A refusal; the conversation ends with it unless the server is ready for more."""
    return message(b"E", f"SERROR\0C{code}\0M{text}\0\0".encode()) + (READY if ready else b"")


def _row(row: Row) -> bytes:
    fields = (b"" if value is None else value.encode() for value in row)
    lengths = (-1 if value is None else len(value.encode()) for value in row)
    return message(
        b"D",
        struct.pack("!h", len(row))
        + b"".join(struct.pack("!i", length) + field for length, field in zip(lengths, fields, strict=True)),
    )


@asynccontextmanager
async def serving(answer: Answer, *, welcome: bytes = TRUSTED + SETTING + READY) -> AsyncIterator[Address]:
    """The server, as long as the block lasts. `welcome` is what it says when somebody connects."""
    open_writers: list[asyncio.StreamWriter] = []
    conversations: list[asyncio.Task[object] | None] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)
        conversations.append(asyncio.current_task())
        try:
            length = struct.unpack("!i", await reader.readexactly(4))[0]
            await reader.readexactly(length - 4)
            writer.write(welcome)
            while welcome.endswith(READY):
                kind, length = struct.unpack("!ci", await reader.readexactly(5))
                body = await reader.readexactly(length - 4)
                if kind != b"Q":
                    break
                said = answer(body.rstrip(b"\0").decode())
                if said is not None:
                    for at in range(0, len(said), 7):  # in pieces, as a slow network would
                        writer.write(said[at : at + 7])
                        await writer.drain()
                    if not said.endswith(READY):
                        break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Address(ip="127.0.0.1", port=port)
        for writer in open_writers:
            writer.close()
        await asyncio.gather(*filter(None, conversations))
