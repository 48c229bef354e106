"""Whether the store is ready: one PING over a fresh connection, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.stores import redis
from tests.answering import answering


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
    async with answering(answer) as (listen, asked):
        ready = redis.unit(program=Path("redis-server"), cwd=Path(), listen=listen).ready
        assert ready is not None
        found = await ready()
    assert (found is None) is (said is None)
    assert (said or "") in (found or "")
    (only,) = asked
    assert only.count(b"PING") == 1
    assert only.startswith((b"PING", b"*1\r\n"))
