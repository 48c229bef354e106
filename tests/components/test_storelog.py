"""The store's log, followed: synthetic files, and a real Redis that is stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.events import StoreCommitted, StoreLogBroken, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.stores import redis
from actorproof.harness.stores.storelog import StoreLog

from .support import redis_server, until
from .test_aof import LOG, WRITES, command, upsert

CLOCK = SystemClock()
# Sets a key the way Dapr's component does, through a script.
SCRIPT = 'redis.call("HSET", KEYS[1], "data", ARGV[1]); return redis.call("HINCRBY", KEYS[1], "version", 1)'


@contextmanager
def journal(folder: Path) -> Iterator[Journal]:
    with Journal.open(folder / "harness.jsonl", process="harness", clock=CLOCK) as opened:
        yield opened


def commits(journal: Journal) -> list[StoreCommitted]:
    return [event for event in read_journal(journal.path) if isinstance(event, StoreCommitted)]


def broken(journal: Journal) -> list[str]:
    return [event.reason for event in read_journal(journal.path) if isinstance(event, StoreLogBroken)]


class TestSynthetic:
    def test_grows_byte_by_byte(self, tmp_path: Path) -> None:
        path = tmp_path / "appendonly.aof"
        with journal(tmp_path) as log, path.open("wb", buffering=0) as file:
            store_log = StoreLog(tmp_path, log, CLOCK)
            for byte in b"".join(LOG):
                file.write(bytes([byte]))
                asyncio.run(store_log.poll())
            store_log.drain()
            assert [commit.writes for commit in commits(log)] == [writes for writes in WRITES if writes]
            assert [commit.index for commit in commits(log)] == [0, 1, 2]
            for commit in commits(log):
                assert commit.not_before_ns < commit.t_ns
            assert store_log.broken is None

    def test_torn_end_is_cut_off_and_written_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "appendonly.aof"
        key = "actorproof||Ledger||one||count"
        whole = command("MULTI") + upsert(key, "1") + command("EXEC")
        with journal(tmp_path) as log:
            store_log = StoreLog(tmp_path, log, CLOCK)
            for cut in range(1, len(whole)):
                path.write_bytes(path.read_bytes() + whole[:cut] if path.exists() else whole[:cut])
                asyncio.run(store_log.poll())
                os.truncate(path, path.stat().st_size - cut)
                with path.open("ab") as file:
                    file.write(command("MULTI") + upsert(key, str(cut)) + command("EXEC"))
                asyncio.run(store_log.poll())
            store_log.drain()
            assert [commit.writes[0].value for commit in commits(log)] == [str(cut) for cut in range(1, len(whole))]
            assert broken(log) == []

    @pytest.mark.parametrize("change", ["shrunk", "replaced", "gone", "garbage", "flushed"])
    def test_broken(self, tmp_path: Path, change: str) -> None:
        path = tmp_path / "appendonly.aof"
        path.write_bytes(LOG[1])
        with journal(tmp_path) as log:
            store_log = StoreLog(tmp_path, log, CLOCK)
            asyncio.run(store_log.poll())
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
            asyncio.run(store_log.poll())
            asyncio.run(store_log.poll())
            store_log.drain()
            assert len(broken(log)) == 1
            assert store_log.broken is not None
            assert len(commits(log)) == 1

    def test_parts_of_redis_7(self, tmp_path: Path) -> None:
        parts = tmp_path / "appendonlydir"
        with journal(tmp_path) as log:
            store_log = StoreLog(tmp_path, log, CLOCK)
            asyncio.run(store_log.poll())
            parts.mkdir()
            (parts / "appendonly.aof.1.base.aof").touch()
            (parts / "appendonly.aof.1.incr.aof").write_bytes(LOG[0] + LOG[1])
            asyncio.run(store_log.poll())
            assert len(commits(log)) == 1
            (parts / "appendonly.aof.2.incr.aof").touch()
            asyncio.run(store_log.poll())
            assert len(broken(log)) == 1

    def test_more_than_a_chunk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("actorproof.harness.stores.storelog._CHUNK_BYTES", 16)
        (tmp_path / "appendonly.aof").write_bytes(b"".join(LOG))
        with journal(tmp_path) as log:
            StoreLog(tmp_path, log, CLOCK).drain()
            assert [commit.writes for commit in commits(log)] == [writes for writes in WRITES if writes]


class TestAsked:
    """Only a PONG that answers its own PING moves the bound; nothing is asked twice."""

    @pytest.mark.parametrize("answer", [b"", b"-LOADING wait\r\n", None], ids=["closed", "loading", "late"])
    def test_anything_but_a_pong_moves_no_bound(self, tmp_path: Path, answer: bytes | None) -> None:
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

        async def scene() -> None:
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

        with journal(tmp_path) as log:
            asyncio.run(scene())
            assert [commit.not_before_ns for commit in commits(log)] == [0]
        assert len(pings) == 2
        assert all(ping.count(b"PING") == 1 for ping in pings)


class Store:
    """A real Redis with the command line of a cluster's store."""

    def __init__(self, folder: Path, listen: Address) -> None:
        self.listen = listen
        self.cwd = folder / "store"
        self._spec = redis.unit(program=redis_server(), cwd=self.cwd, listen=listen)
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.cwd.mkdir(exist_ok=True)
        self._spawn()
        await until(self._answers)

    def _spawn(self) -> None:
        self.process = subprocess.Popen(self._spec.argv, cwd=self.cwd, stdout=subprocess.DEVNULL)

    async def _answers(self) -> bool:
        return await self._spec.ready() is None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def send(self, *commands: tuple[str, ...]) -> None:
        """Send commands at once and wait for the answer to each; none answers with more than a line."""
        reader, writer = await asyncio.open_connection(self.listen.ip, self.listen.port)
        try:
            writer.write(b"".join(command(*words) for words in commands))
            for _ in commands:
                assert (await reader.readline())[:1] in {b"+", b":", b"*"}
        finally:
            writer.close()


@asynccontextmanager
async def running_store(folder: Path) -> AsyncIterator[Store]:
    with Slot.acquire() as slot:
        store = Store(folder, Address(ip="127.0.0.1", port=slot.port()))
        await store.start()
        try:
            yield store
        finally:
            store.kill()


async def committed(store_log: StoreLog, commits: int) -> None:
    async def reached() -> bool:
        return store_log.commits >= commits

    await until(reached)


async def at_least(items: list[int], number: int) -> bool:
    return len(items) >= number


def key(name: str) -> str:
    return f"actorproof||Counter||{name}||value"


class TestRedis:
    def test_script_in_a_transaction_is_one_commit_within_its_bounds(self, tmp_path: Path) -> None:
        async def scene() -> None:
            async with running_store(tmp_path) as store:
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
                await committed(store_log, 20)
                await store.send(("HSET", key("c"), "data", "1"))
                await committed(store_log, 21)
                await store.send(("DEL", key("c")))
                await committed(store_log, 22)
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

        with journal(tmp_path) as log:
            asyncio.run(scene())
            assert broken(log) == []

    def test_stopped_store_moves_no_bound(self, tmp_path: Path) -> None:
        async def scene() -> None:
            async with running_store(tmp_path) as store:
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

        with journal(tmp_path) as log:
            asyncio.run(scene())

    def test_killed_in_the_middle_of_writes(self, tmp_path: Path) -> None:
        async def write(store: Store, acknowledged: list[int]) -> None:
            for n in range(100_000):
                await store.send(("MULTI",), ("EVAL", SCRIPT, "1", key("a"), str(n)), ("EXEC",))
                acknowledged.append(n)

        async def scene() -> None:
            async with running_store(tmp_path) as store:
                store_log = StoreLog(store.cwd, log, CLOCK, store=store.listen)
                following = asyncio.create_task(store_log.run())
                acknowledged: list[list[int]] = []
                for _ in range(3):
                    acknowledged.append([])
                    writing = asyncio.create_task(write(store, acknowledged[-1]))
                    await until(partial(at_least, acknowledged[-1], 20))
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

        if not redis_server_is_6():
            pytest.skip("tears the single file of Redis 6")
        with journal(tmp_path) as log:
            asyncio.run(scene())
            assert broken(log) == []


def redis_server_is_6() -> bool:
    return b"v=6." in subprocess.run([redis_server(), "--version"], capture_output=True, check=True).stdout


def test_store_is_ready_when_it_answers(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running_store(tmp_path) as store:
            spec = redis.unit(program=redis_server(), cwd=store.cwd, listen=store.listen)
            assert await spec.ready() is None
        assert await spec.ready() == f"PING at {store.listen}: no answer"

    asyncio.run(scene())
