"""PostgreSQL's protocol, version 3.0, as far as a harness needs it: one query at a time, in text, without a password.

A driver's connection would do more than is wanted here: it reconnects, caches and waits by rules of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from actorproof.harness.cluster.blueprint import Address

USER = "actorproof"
DATABASE = "postgres"
_PROTOCOL = 196608
_HEADER_BYTES = 5
_LENGTH_BYTES = 4
_NULL = -1
_TRUSTED = 0

Row = tuple[str | None, ...]


class PostgresError(Exception):
    """The server refused; `code` is its SQLSTATE, five characters."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


def startup() -> bytes:
    """The first message of a connection."""
    settings = {"user": USER, "database": DATABASE, "client_encoding": "UTF8"}
    words = b"".join(f"{name}\0{value}\0".encode() for name, value in settings.items())
    body = struct.pack("!i", _PROTOCOL) + words + b"\0"
    return struct.pack("!i", len(body) + _LENGTH_BYTES) + body


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Any later message."""
    return kind + struct.pack("!i", len(body) + _LENGTH_BYTES) + body


class Connection:
    """One connection, opened by its first query; use it as an async context manager, or `close` it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def query(self, text: str, *, timeout_s: float) -> list[Row]:
        """The rows of one statement, whole or not at all.

        PostgresError when the server refuses, OSError when the connection breaks, TimeoutError. After the last two, and
        whenever it is cancelled, the connection is closed, so that a late answer is never taken for the next one's.
        """
        answered = False
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = self._streams or await self._open()
                writer.write(message(b"Q", text.encode() + b"\0"))
                await writer.drain()
                rows, error = await _answer(reader)
            answered = True
        except asyncio.IncompleteReadError as cut:
            raise ConnectionResetError("the server closed the connection") from cut
        finally:
            if not answered:
                self.close()
        if error is not None:
            raise error
        return rows

    def close(self) -> None:
        """Close the connection; the next query opens another."""
        if self._streams is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._streams[1].write(message(b"X"))
                self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection(self._address.ip, self._address.port)
        reader, writer = self._streams
        writer.write(startup())
        await writer.drain()
        _, error = await _answer(reader)
        if error is not None:
            raise error
        return self._streams


async def _answer(reader: asyncio.StreamReader) -> tuple[list[Row], PostgresError | None]:
    """Read until the server is ready for a query, or has ended the conversation with an error."""
    rows: list[Row] = []
    error: PostgresError | None = None
    while True:
        try:
            head = await reader.readexactly(_HEADER_BYTES)
        except asyncio.IncompleteReadError:
            if error is not None:
                raise error from None
            raise
        kind, length = head[:1], struct.unpack("!i", head[1:])[0]
        body = await reader.readexactly(length - _LENGTH_BYTES)
        if kind == b"Z":
            return rows, error
        if kind == b"D":
            rows.append(tuple(_fields(body)))
        elif kind == b"E":
            error = _error(body)
        elif kind == b"R" and struct.unpack("!i", body[:4])[0] != _TRUSTED:
            raise PostgresError("the server wants a password", code="28000")


def _fields(body: bytes) -> Iterator[str | None]:
    """The columns of a DataRow."""
    position = 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        length = struct.unpack_from("!i", body, position)[0]
        position += _LENGTH_BYTES
        if length == _NULL:
            yield None
        else:
            yield body[position : position + length].decode()
            position += length


def _error(body: bytes) -> PostgresError:
    """An ErrorResponse: fields of one letter and a text."""
    fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    return PostgresError(fields.get(b"M", "no reason given"), code=fields.get(b"C", ""))
