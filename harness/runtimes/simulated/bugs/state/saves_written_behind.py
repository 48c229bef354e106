from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.state import State
from actorproof.harness.runtimes.simulated.store import Token, Writes

BEHIND_S = 0.3


class SavesWrittenBehind(State):
    """A sidecar acknowledges saves and sends them a little later.

    Breaks `durability`: what it has not sent is lost with it, or refused.
    """

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        self._host.process.spawn(self._later(actor, writes, token))
        return True

    async def _later(self, actor: str, writes: Writes, token: Token) -> None:
        await asyncio.sleep(BEHIND_S)
        await super().save(actor, writes, token)
