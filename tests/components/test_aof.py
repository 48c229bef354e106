"""The append-only file, torn wherever it can be."""

from __future__ import annotations

import pytest

from actorproof.harness.history.events import StoreWrite
from actorproof.harness.stores import aof


def command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def upsert(key: str, value: str) -> bytes:
    return command("HSET", key, "data", value) + command("HINCRBY", key, "version", "1")


KEY = "actorproof||Ledger||one/2||count"
LOG = [
    command("SELECT", "0"),
    command("MULTI") + upsert(KEY, '{"count":1,"turn":"ü\r\n*1"}') + upsert(f"{KEY}2", "2") + command("exec"),
    command("DEL", KEY, "other", f"{KEY}2"),
    b"#TS:1700000000\r\n" + command("HSET", "other", "data", "a||b||c||d"),
    command("MULTI") + b"#TS:1\r\n" + command("DEL", KEY) + command("PEXPIREAT", f"{KEY}2", "5") + command("EXEC"),
]
WRITES = [
    (),
    (StoreWrite("Ledger/one/2", "count", '{"count":1,"turn":"ü\r\n*1"}'), StoreWrite("Ledger/one/2", "count2", "2")),
    (StoreWrite("Ledger/one/2", "count", None), StoreWrite("Ledger/one/2", "count2", None)),
    (),
    (StoreWrite("Ledger/one/2", "count", None),),
]


def test_whole_log() -> None:
    found = list(aof.transactions(b"".join(LOG)))
    assert [aof.writes(transaction) for transaction, _ in found] == WRITES
    ends = [sum(map(len, LOG[: n + 1])) for n in range(len(LOG))]
    assert [end for _, end in found] == ends


def test_torn_anywhere() -> None:
    data = b"".join(LOG)
    ends = [sum(map(len, LOG[: n + 1])) for n in range(len(LOG))]
    for size in range(len(data)):
        found = [end for _, end in aof.transactions(data[:size])]
        assert found == [end for end in ends if end <= size], size


@pytest.mark.parametrize(
    "data",
    [
        b"REDIS0009\xfa\tredis-ver",
        b"*1\r\n:5\r\n",
        b"*x\r\n",
        b"*1\r\n$2\r\nabc\r\n",
        command("EXEC"),
        b"*" + b"1" * 40,
    ],
)
def test_no_log(data: bytes) -> None:
    with pytest.raises(aof.AofError):
        list(aof.transactions(data))


@pytest.mark.parametrize(
    "words", [("FLUSHALL",), ("SET", KEY, "x"), ("EVAL", "return 1", "1", KEY), ("RENAME", "a", KEY)]
)
def test_what_is_not_understood(words: tuple[str, ...]) -> None:
    ((transaction, _),) = aof.transactions(command(*words))
    with pytest.raises(aof.AofError):
        aof.writes(transaction)


@pytest.mark.parametrize(
    "words",
    [
        ("SET", "x", "y"),
        ("EVAL", "return 1", "1", "x"),
        ("HSET", "actors||Ledger", "data", "[]"),
        ("HSET", "actors||Ledger||p||reminders||1", "data", "[]"),
        ("HSET", "a||||c||d", "data", "[]"),
        ("HSET", KEY, "first-write", "0"),
    ],
)
def test_what_is_nobodys_business(words: tuple[str, ...]) -> None:
    ((transaction, _),) = aof.transactions(command(*words))
    assert aof.writes(transaction) == ()
