"""A real Redis with the command line of a cluster's store."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores import redis

from .support import redis_server, until
from .test_aof import command


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
