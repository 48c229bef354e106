"""Whether the store is ready: one PING over a fresh connection, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores import redis


def told(answer: bytes | None) -> tuple[str | None, list[bytes]]:
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

    async def main() -> str | None:
        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            listen = Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1])
            ready = redis.unit(program=Path("redis-server"), cwd=Path(), listen=listen).ready
            assert ready is not None
            said = await ready()
            await asyncio.wait_for(served.wait(), 10)
            return None if said is None else said.replace(f"PING at {listen}: ", "")

    return asyncio.run(main()), asked


def test_ready_when_it_answers_pong() -> None:
    assert told(b"+PONG\r\n")[0] is None


def test_a_store_that_reads_its_log_says_so() -> None:
    said, _ = told(b"-LOADING Redis is loading the dataset in memory\r\n")
    assert said is not None
    assert "loading the dataset" in said


@pytest.mark.parametrize("answer", [b"", b"+PO", None], ids=["closed", "cut off", "silent"])
def test_no_whole_answer_is_no_answer(answer: bytes | None) -> None:
    assert told(answer)[0] == "no answer"


@pytest.mark.parametrize("answer", [b"", b"+PONG\r\n", b"-LOADING wait\r\n", None])
def test_it_is_asked_once_and_for_nothing_else(answer: bytes | None) -> None:
    (asked,) = told(answer)[1]
    assert asked.count(b"PING") == 1
    assert asked.startswith((b"PING", b"*1\r\n"))
