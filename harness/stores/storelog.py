"""StoreLog: follows the store's own log during a run and journals each commit with bounds in time.

Redis runs one thread: it executes commands, writes what they changed to its append-only file, syncs it, and only then
sends the answers, in every round of its loop (appendfsync always). So:

- A commit that stands in the file was executed before it was read there: the instant after the read bounds it above.
- For the bound below, a PING is sent before each read. When its answer is here, whatever was executed before the PING
  stands in the file. A commit that the read after that did not find was executed after the PING was sent. That holds
  also when the store was stopped (SIGSTOP) between executing and writing, when the time of a read alone would lie.

Without an answer (store stopped, killed, or loading) the bound stays where it was: wider, never wrong.

Only whole transactions are consumed. A killed store leaves a torn one at the end at most, which Redis cuts off when it
starts again, so what was consumed stays. A log that shrinks below that, or is replaced, can't be followed.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from redis.exceptions import RedisError

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import StoreCommitted, StoreLogBroken
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.stores import aof
from actorproof.harness.stores.redisclient import PONG, RedisClient

POLL_S = 0.02
_PING_TIMEOUT_S = 0.25
_CHUNK_BYTES = 1 << 20


class StoreLog:
    """Follows one log.

    `path` is the folder where Redis keeps its data, or the file itself. `store` is where the store listens; without
    it the bounds below are the instants of the reads, and are sound only while the store is not stopped.

    Attributes:
        commits: how many commits were journaled.
        broken: why the log could not be followed further, or None.
    """

    def __init__(self, path: Path, journal: Journal, clock: Clock, *, store: Address | None = None) -> None:
        self.commits = 0
        self.broken: str | None = None
        self._path = path
        self._journal = journal
        self._clock = clock
        self._barrier = _Barrier(store, clock)
        self._file: _File | None = None
        self._not_before_ns = 0

    async def run(self) -> None:
        """Follow until cancelled, or until the log is broken."""
        try:
            while self.broken is None:
                await self.poll()
                await self._clock.sleep(POLL_S)
        finally:
            await self._barrier.close()

    async def poll(self) -> None:
        """Read what is new, once."""
        if self.broken is not None:
            return
        asked_ns = await self._barrier.cross()
        self._read()
        if asked_ns is not None:
            self._not_before_ns = asked_ns

    async def finish(self) -> None:
        """Nothing: the file outlives the store."""

    def drain(self) -> None:
        """Read to the end, after the store has stopped. A torn transaction there was never committed."""
        if self.broken is None:
            self._read()
        self._close_file()

    async def close(self) -> None:
        """Close the log and the connection to the store."""
        await self._barrier.close()
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> None:
        try:
            if self._file is None:
                path = _find(self._path)
                if path is None:
                    return
                self._file = _File(path)
            for transaction in self._file.read():
                found = aof.writes(transaction)
                if found:
                    self._journal.write(
                        StoreCommitted, index=self.commits, not_before_ns=self._not_before_ns, writes=found
                    )
                    self.commits += 1
        except (aof.AofError, OSError) as error:
            self.broken = f"store log {self._path}: {error}"
            self._journal.write(StoreLogBroken, reason=self.broken)


class _File:
    """The open log and how far it was consumed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._inode = os.fstat(self._fd).st_ino
        self._successor = _successor(path)
        self._consumed = 0

    def read(self) -> list[aof.Transaction]:
        """Every whole transaction that is new. Reads the torn rest again each time, since a restart may cut it off."""
        status = self._path.stat()
        if status.st_ino != self._inode or (self._successor is not None and self._successor.exists()):
            raise aof.AofError("the file was replaced")
        if status.st_size < self._consumed:
            raise aof.AofError(f"the file shrank to {status.st_size} bytes, {self._consumed} were read")
        found = []
        size = _CHUNK_BYTES
        while status.st_size > self._consumed:
            data = os.pread(self._fd, size, self._consumed)
            start = self._consumed
            for transaction, end in aof.transactions(data):
                found.append(transaction)
                self._consumed = start + end
            if len(data) < size:
                break
            if self._consumed == start:
                size *= 2  # one transaction larger than the chunk
        return found

    def close(self) -> None:
        os.close(self._fd)


class _Barrier:
    """One connection to the store; an answered PING means that everything executed before it stands in the log."""

    def __init__(self, store: Address | None, clock: Clock) -> None:
        self._client = None if store is None else RedisClient(store)
        self._clock = clock

    async def cross(self) -> int | None:
        """The instant before a PING that was answered; None when there was no answer."""
        if self._client is None:
            return self._clock.now_ns()
        try:
            async with asyncio.timeout(_PING_TIMEOUT_S):
                await self._client.connect()
                asked_ns = self._clock.now_ns()
                answer = await self._client.ping()
        except (RedisError, OSError, TimeoutError):
            answer = None
        if answer == PONG:
            return asked_ns
        # A late answer must not be taken for the next one's.
        await self.close()
        return None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


def _find(path: Path) -> Path | None:
    """The log's file: Redis 6 has one, Redis 7 a folder of parts, of which the first and only increment is followed."""
    candidates = (path, path / "appendonly.aof", path / "appendonlydir" / "appendonly.aof.1.incr.aof")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _successor(path: Path) -> Path | None:
    """The part that a rewrite of the log by Redis 7 would begin; None for Redis 6, which replaces the file."""
    name = path.name.replace(".1.incr.", ".2.incr.")
    return None if name == path.name else path.with_name(name)
