"""A server that is asked once a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actorproof.harness.cluster.blueprint import Address


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[tuple[Address, list[bytes]]]:
    """It gives `answer` to whoever asks, and hangs up (None: it keeps silent). Where it is, and what it was asked."""
    asked: list[bytes] = []
    ended: list[asyncio.Event] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = asyncio.Event()
        ended.append(end)
        asked.append(await reader.read(1000))
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        await writer.wait_closed()
        end.set()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1]), asked
        async with asyncio.timeout(10):
            for end in ended:
                await end.wait()
