"""The store's log, followed: synthetic files, and a real Redis that is stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.stores import redis
from actorproof.harness.stores.storelog import StoreLog

from .redis_server import Store
from .support import broken, commits, redis_server, until
from .test_aof import LOG, WRITES, command, upsert

CLOCK = SystemClock()
# Sets a key the way Dapr's component does, through a script.
SCRIPT = 'redis.call("HSET", KEYS[1], "data", ARGV[1]); return redis.call("HINCRBY", KEYS[1], "version", 1)'


class TestSynthetic:
    async def test_grows_byte_by_byte(self, log: Journal, tmp_path: Path) -> None:
        path = tmp_path / "appendonly.aof"
        with path.open("wb", buffering=0) as file:
            store_log = StoreLog(tmp_path, log, CLOCK)
            for byte in b"".join(LOG):
                file.write(bytes([byte]))
                await store_log.poll()
            store_log.drain()
            assert [commit.writes for commit in commits(log)] == [writes for writes in WRITES if writes]
            assert [commit.index for commit in commits(log)] == [0, 1, 2]
            for commit in commits(log):
                assert commit.not_before_ns < commit.t_ns
            assert store_log.broken is None

    async def test_torn_end_is_cut_off_and_written_anew(self, log: Journal, tmp_path: Path) -> None:
        path = tmp_path / "appendonly.aof"
        key = "actorproof||Ledger||one||count"
        whole = command("MULTI") + upsert(key, "1") + command("EXEC")
        store_log = StoreLog(tmp_path, log, CLOCK)
        for cut in range(1, len(whole)):
            path.write_bytes(path.read_bytes() + whole[:cut] if path.exists() else whole[:cut])
            await store_log.poll()
            os.truncate(path, path.stat().st_size - cut)
            with path.open("ab") as file:
                file.write(command("MULTI") + upsert(key, str(cut)) + command("EXEC"))
            await store_log.poll()
        store_log.drain()
        assert [commit.writes[0].value for commit in commits(log)] == [str(cut) for cut in range(1, len(whole))]
        assert broken(log) == []

    @pytest.mark.parametrize("change", ["shrunk", "replaced", "gone", "garbage", "flushed"])
    async def test_broken(self, log: Journal, tmp_path: Path, change: str) -> None:
        path = tmp_path / "appendonly.aof"
        path.write_bytes(LOG[1])
        store_log = StoreLog(tmp_path, log, CLOCK)
        await store_log.poll()
        match change:
            case "shrunk":
                os.truncate(path, 5)
            case "replaced":
                other = tmp_path / "other"
                other.write_bytes(LOG[1] + LOG[2])
                other.rename(path)
            case "gone":
                path.unlink()
            case "garbage":
                path.write_bytes(LOG[1] + b"garbage")
            case "flushed":
                path.write_bytes(LOG[1] + command("FLUSHALL"))
        await store_log.poll()
        await store_log.poll()
        store_log.drain()
        assert len(broken(log)) == 1
        assert store_log.broken is not None
        assert len(commits(log)) == 1

    async def test_parts_of_redis_7(self, log: Journal, tmp_path: Path) -> None:
        parts = tmp_path / "appendonlydir"
        store_log = StoreLog(tmp_path, log, CLOCK)
        await store_log.poll()
        parts.mkdir()
        (parts / "appendonly.aof.1.base.aof").touch()
        (parts / "appendonly.aof.1.incr.aof").write_bytes(LOG[0] + LOG[1])
        await store_log.poll()
        assert len(commits(log)) == 1
        (parts / "appendonly.aof.2.incr.aof").touch()
        await store_log.poll()
        assert len(broken(log)) == 1

    def test_more_than_a_chunk(self, log: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("actorproof.harness.stores.storelog._CHUNK_BYTES", 16)
        (tmp_path / "appendonly.aof").write_bytes(b"".join(LOG))
        StoreLog(tmp_path, log, CLOCK).drain()
        assert [commit.writes for commit in commits(log)] == [writes for writes in WRITES if writes]


class TestAsked:
    """Only a PONG that answers its own PING moves the bound; nothing is asked twice."""

    @pytest.mark.parametrize("answer", [b"", b"-LOADING wait\r\n", None], ids=["closed", "loading", "late"])
    async def test_anything_but_a_pong_moves_no_bound(self, log: Journal, tmp_path: Path, answer: bytes | None) -> None:
        pings: list[bytes] = []
        ended: list[asyncio.Event] = []

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            end = asyncio.Event()
            ended.append(end)
            pings.append(await reader.read(1000))
            if answer is None:
                await reader.read()  # until it is given up
                writer.write(b"+PONG\r\n")
            else:
                writer.write(answer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            end.set()

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            address = Address(ip="127.0.0.1", port=server.sockets[0].getsockname()[1])
            store_log = StoreLog(tmp_path, log, CLOCK, store=address)
            await store_log.poll()
            await store_log.poll()
            (tmp_path / "appendonly.aof").write_bytes(LOG[0] + LOG[1])
            store_log.drain()
            await store_log.close()
            async with asyncio.timeout(10):
                for end in ended:
                    await end.wait()
        assert [commit.not_before_ns for commit in commits(log)] == [0]
        assert len(pings) == 2
        assert all(ping.count(b"PING") == 1 for ping in pings)


def key(name: str) -> str:
    return f"actorproof||Counter||{name}||value"


class TestRedis:
    async def test_script_in_a_transaction_is_one_commit_within_its_bounds(self, store: Store, log: Journal) -> None:
        store_log = StoreLog(store.cwd, log, CLOCK, store=store.listen)
        following = asyncio.create_task(store_log.run())
        sent = []
        for n in range(20):
            before = CLOCK.now_ns()
            await store.send(
                ("MULTI",),
                ("EVAL", SCRIPT, "1", key("a"), str(n)),
                ("EVAL", SCRIPT, "1", key("b"), f"{n}b"),
                ("DEL", key("c")),
                ("EXEC",),
            )
            sent.append((before, CLOCK.now_ns()))
        await until(lambda: store_log.commits >= 20)
        await store.send(("HSET", key("c"), "data", "1"))
        await until(lambda: store_log.commits >= 21)
        await store.send(("DEL", key("c")))
        await until(lambda: store_log.commits >= 22)
        following.cancel()
        found = commits(log)
        for n, (commit, (before, after)) in enumerate(zip(found, sent, strict=False)):
            assert commit.writes == (
                StoreWrite("Counter/a", "value", str(n)),
                StoreWrite("Counter/b", "value", f"{n}b"),
            )
            assert commit.not_before_ns < after
            assert before < commit.t_ns
        assert found[20].writes == (StoreWrite("Counter/c", "value", "1"),)
        assert found[21].writes == (StoreWrite("Counter/c", "value", None),)
        assert found[21].not_before_ns > sent[0][1]
        await store_log.close()
        assert broken(log) == []

    async def test_stopped_store_moves_no_bound(self, store: Store, log: Journal) -> None:
        store_log = StoreLog(store.cwd, log, CLOCK, store=store.listen)
        await store_log.poll()
        store.signal(signal.SIGSTOP)
        stopped_ns = CLOCK.now_ns()
        await store_log.poll()
        store.signal(signal.SIGCONT)
        await store.send(("EVAL", SCRIPT, "1", key("a"), "1"))
        store_log.drain()
        (commit,) = commits(log)
        assert 0 < commit.not_before_ns < stopped_ns

    async def test_killed_in_the_middle_of_writes(self, store: Store, log: Journal) -> None:
        async def write(store: Store, acknowledged: list[int]) -> None:
            for n in range(100_000):
                await store.send(("MULTI",), ("EVAL", SCRIPT, "1", key("a"), str(n)), ("EXEC",))
                acknowledged.append(n)

        if not redis_server_is_6():
            pytest.skip("tears the single file of Redis 6")
        store_log = StoreLog(store.cwd, log, CLOCK, store=store.listen)
        following = asyncio.create_task(store_log.run())
        acknowledged: list[list[int]] = []
        for _ in range(3):
            acknowledged.append([])
            writing = asyncio.create_task(write(store, acknowledged[-1]))
            await until(lambda: len(acknowledged[-1]) >= 20)
            store.kill()
            await asyncio.gather(writing, return_exceptions=True)
            # What a crash leaves: the beginning of a transaction.
            with (store.cwd / "appendonly.aof").open("ab") as file:
                file.write(command("MULTI") + upsert(key("a"), "torn"))
            await store_log.poll()
            await store.start()
        following.cancel()
        store.kill()
        store_log.drain()
        values = [commit.writes[0].value for commit in commits(log)]
        assert "torn" not in values
        rest = iter(values)
        for round_ in acknowledged:
            assert all(str(n) in rest for n in round_)
        assert broken(log) == []


def redis_server_is_6() -> bool:
    return b"v=6." in subprocess.run([redis_server(), "--version"], capture_output=True, check=True).stdout


async def test_store_is_ready_when_it_answers(store: Store) -> None:
    spec = redis.unit(program=redis_server(), cwd=store.cwd, listen=store.listen)
    assert await spec.ready() is None
    store.kill()
    assert await spec.ready() == f"PING at {store.listen}: no answer"
