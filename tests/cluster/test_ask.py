"""Asking a unit over HTTP: one question over a fresh connection, and a whole answer or none."""

from __future__ import annotations

import pytest

from actorproof.harness.cluster import ask
from tests.answering import answering

Answer = tuple[int, bytes] | None
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"


async def told(answer: bytes | None, *, times: int = 1, timeout_s: float = 5.0) -> tuple[list[Answer], int]:
    """What was found at a server that gives `answer` and goes, and how often it was asked."""
    async with answering(answer) as (address, asked):
        found = [await ask.get(address, "/healthz", timeout_s=timeout_s) for _ in range(times)]
    return found, len(asked)


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
async def test_a_whole_answer_is_its_status_and_body(answer: bytes, found: Answer) -> None:
    assert await told(answer) == ([found], 1)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", b"nonsense\r\n\r\n"]
)
async def test_an_answer_that_is_cut_off_is_none_and_is_not_asked_for_again(answer: bytes) -> None:
    assert await told(answer) == ([None], 1)


async def test_silence_is_none() -> None:
    assert await told(None, timeout_s=0.1) == ([None], 1)


async def test_every_question_has_a_connection_of_its_own() -> None:
    assert await told(UNAVAILABLE, times=2) == ([(503, b"bad")] * 2, 2)


async def test_nobody_there_is_none() -> None:
    async with answering(None) as (address, _):
        pass
    assert await ask.get(address, "/healthz") is None
