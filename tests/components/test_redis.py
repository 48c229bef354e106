"""Whether the store is ready: one PING over a fresh connection, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores import redis


async def told(answer: bytes | None) -> tuple[str | None, bytes]:
    """What readiness says of a server that gives `answer` and goes (None: it keeps silent), and what it was asked."""
    asked: list[bytes] = []
    served = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        await writer.wait_closed()
        served.set()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        listen = Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1])
        ready = redis.unit(program=Path("redis-server"), cwd=Path(), listen=listen).ready
        assert ready is not None
        said = await ready()
        await asyncio.wait_for(served.wait(), 10)
    (only,) = asked
    return None if said is None else said.replace(f"PING at {listen}: ", ""), only


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"+PONG\r\n", None),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "loading the dataset"),
        (b"", "no answer"),
        (b"+PO", "no answer"),
        (None, "no answer"),
    ],
    ids=["pong", "reads its log", "closed", "cut off", "silent"],
)
async def test_a_store_is_ready_when_it_answers_a_ping_for_which_it_is_asked_once(
    answer: bytes | None, said: str | None
) -> None:
    found, asked = await told(answer)
    assert (found is None) is (said is None)
    assert (said or "") in (found or "")
    assert asked.count(b"PING") == 1
    assert asked.startswith((b"PING", b"*1\r\n"))
