"""A real PostgreSQL with the command line of a cluster's store."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.process.guardian import children_of, is_alive
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.programs import provide
from actorproof.harness.stores import postgres
from actorproof.harness.stores.postgres_client import Connection, Row

from .support import until

QUERY_S = 20.0
# As Dapr's component makes it (v2), shortened.
TABLE = "CREATE TABLE IF NOT EXISTS state (key text NOT NULL PRIMARY KEY, value bytea NOT NULL)"


@cache
def _found() -> Path | str:
    try:
        found = provide(version=DEFAULT_VERSION, progress=lambda _: None, build=False, store="postgres")["postgres"]
    except ProvisionError as error:
        return str(error)
    assert found is not None
    return found.path


def postgres_program() -> Path:
    """A postgres; skips the test where there is none."""
    found = _found()
    if isinstance(found, str):
        pytest.skip(found)
    return found


class Server:
    """The store of a run, without the run. Where this is root, the server is not, and has to get to `folder`."""

    def __init__(self, folder: Path, listen: Address) -> None:
        self.listen = listen
        self.cwd = folder / "store"
        self.spec = postgres.unit(program=postgres_program(), cwd=self.cwd, listen=listen)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "store.log"

    async def start(self) -> None:
        self.cwd.mkdir(exist_ok=True)
        self._spawn()
        await until(self._answers, timeout_s=60.0)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            environment = {**os.environ, **dict(self.spec.env)}
            self.process = subprocess.Popen(
                self.spec.argv, cwd=self.cwd, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return await self.spec.ready() is None

    @property
    def pids(self) -> set[int]:
        assert self.process is not None
        return {self.process.pid} | children_of({self.process.pid})

    def signal(self, number: signal.Signals) -> None:
        """To all of it, as the guardian does."""
        for pid in self.pids:
            send(pid, number)

    async def kill(self) -> None:
        """As a crash of everything: nobody has a chance to clear up. The launcher takes in its server, and ends."""
        assert self.process is not None
        self.signal(signal.SIGSTOP)
        pids = self.pids - {self.process.pid}
        for pid in pids:
            send(pid, signal.SIGKILL)
        self.process.send_signal(signal.SIGCONT)
        await asyncio.to_thread(self.process.wait)
        await until(lambda: not any(is_alive(pid) for pid in pids))

    async def do(self, *queries: str) -> list[Row]:
        """Each over the same connection; the rows of the last."""
        found: list[Row] = []
        async with Connection(self.listen) as connection:
            for query in queries:
                found = await connection.query(query, timeout_s=QUERY_S)
        return found


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that another user can get to what is in it."""
    with tempfile.TemporaryDirectory(prefix="actorproof-postgres-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@asynccontextmanager
async def running_server() -> AsyncIterator[Server]:
    """A server in a folder of its own: pytest's are closed to everybody else."""
    with Slot.acquire() as slot, open_folder() as folder:
        server = Server(folder, Address(ip="127.0.0.1", port=slot.port()))
        try:
            await server.start()
            await server.do(TABLE)
            yield server
        finally:
            if server.process is not None and server.process.poll() is None:
                await server.kill()


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def upsert(key: str, value: str) -> str:
    """As Dapr's component does."""
    return f"INSERT INTO state VALUES ('{key}', '{value}') ON CONFLICT (key) DO UPDATE SET value = '{value}'"
