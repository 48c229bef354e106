"""SimCommits: journals each transaction at the instant at which the simulated store has made it durable."""

from __future__ import annotations

import asyncio

from actorproof.harness.history.events import StoreCommitted, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.runtimes.simulated.store import Writes
from actorproof.harness.simulation.loop import VirtualLoop


class SimCommits:
    """Implements `actorproof.harness.runtimes.port.Commits`; the store tells it, so there is no log to be read."""

    def __init__(self, journal: Journal, *, loop: VirtualLoop) -> None:
        self._journal = journal
        self._loop = loop
        self._count = 0

    def committed(self, actor: str, writes: Writes) -> None:
        """A transaction is durable."""
        self._journal.write(
            StoreCommitted,
            index=self._count,
            not_before_ns=self._loop.now_ns - 1,
            writes=tuple(StoreWrite(actor, key, value) for key, value in writes),
        )
        self._count += 1

    async def run(self) -> None:
        """Nothing has to be followed."""
        await asyncio.Event().wait()

    async def finish(self) -> None:
        """Nothing is left behind."""

    def drain(self) -> None:
        """Nothing is left behind."""
