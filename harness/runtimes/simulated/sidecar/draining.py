"""Draining: gives back the actors that a new table has elsewhere, each when its turn under way has ended."""

from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Activations
from actorproof.harness.runtimes.simulated.sidecar.deactivation import Deactivation
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution
from actorproof.harness.runtimes.simulated.sidecar.host import RETRY_FIRST_S, Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.table import Table


class Draining:
    """The drains of this session, by the version of the table that they are for."""

    def __init__(
        self,
        host: Host,
        *,
        ownership: Ownership,
        activations: Activations,
        execution: Execution,
        deactivation: Deactivation,
    ) -> None:
        self._host = host
        self._ownership = ownership
        self._activations = activations
        self._execution = execution
        self._deactivation = deactivation
        self._drains: dict[int, asyncio.Task[object]] = {}

    def lock(self, base: Table, table: Table) -> bool:
        """Begin to drain what moves away from the table in force, `base`, to a new one; whether that is done."""
        self._ownership.install(base, locked=False)
        if table.version <= self._ownership.version:
            return True
        if not self._ownership.prepare(table):
            return False
        if table.version not in self._drains:
            self._drains[table.version] = self._host.process.spawn(self._drain(table))
        return self._drains[table.version].done()

    def end_session(self) -> None:
        """What was drained has to be drained again, if it comes back."""
        self._drains.clear()

    # ---- steps

    def limit_s(self) -> float:
        """How long a turn under way may take to end."""
        settings = self._host.settings
        return settings.drain_timeout_s if settings.drain_enabled else 0.0

    async def hand_over(self, activation: Activation) -> None:
        """Let the turn under way end in time, take it back when it doesn't, and give the actor back then."""
        activation.moving.set()
        if not await self.ended(activation, within_s=self.limit_s()):
            activation.chain = None
            await asyncio.gather(*(self._execution.take_back(activation, key) for key in activation.turns))
            await activation.lock.acquire()
        try:
            await self.give_back(activation)
        finally:
            activation.lock.release()

    async def ended(self, activation: Activation, *, within_s: float) -> bool:
        """Whether turns under way end within that time: then the actor's lock is held, and none begins."""
        try:
            async with asyncio.timeout(within_s):
                while activation.readers:
                    activation.left.clear()
                    await activation.left.wait()
                await activation.lock.acquire()
        except TimeoutError:
            return False
        return True

    async def give_back(self, activation: Activation) -> None:
        """Have the application drop the instance, however often it has to be asked."""
        while not activation.gone and not await self._deactivation.deactivate(activation):
            await self._host.pause(RETRY_FIRST_S)

    async def _drain(self, table: Table) -> None:
        """Give back every actor that a new table has elsewhere."""
        moving = [each for each in self._activations if not self._ownership.keeps(each.actor, table)]
        await asyncio.gather(*(self.hand_over(activation) for activation in moving))
