"""Asking a unit one question over a fresh connection. A unit that doesn't answer is no error here, it is an answer."""

from __future__ import annotations

import asyncio
import contextlib

from actorproof.harness.cluster.blueprint import Address

OK = 200
_LIMIT_BYTES = 4 * 1024 * 1024


async def get(address: Address, path: str, *, timeout_s: float = 1.0) -> tuple[int, bytes] | None:
    """Status and body of one HTTP GET; None when there is no whole answer within `timeout_s`."""
    # HTTP/1.0, so that the answer ends with the connection and is never chunked.
    request = f"GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    answer = await _exchange(address, request.encode(), whole=True, timeout_s=timeout_s)
    if answer is None:
        return None
    head, gap, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if not gap or len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 protocol and status
        return None
    return int(words[1]), body


async def _exchange(address: Address, question: bytes, *, whole: bool, timeout_s: float) -> bytes | None:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.ip, address.port, limit=_LIMIT_BYTES)
            writer.write(question)
            await writer.drain()
            answer = await (reader.read() if whole else reader.readline())
    except (OSError, TimeoutError, ValueError):
        return None
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await writer.wait_closed()
    return answer or None
