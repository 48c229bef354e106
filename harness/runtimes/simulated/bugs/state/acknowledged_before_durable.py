from __future__ import annotations

import asyncio
from functools import cached_property

from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

FLUSH_S = 0.3


class AcknowledgedBeforeDurable(Store):
    """The store acknowledges, and makes durable a moment later.

    Breaks `durability`: a store that is killed in that moment has lost what it acknowledged.
    """

    @cached_property
    def _unsaved(self) -> dict[str, dict[str, str | None]]:
        return {}

    def read(self, actor: str, key: str) -> str | None:
        unsaved = self._unsaved.get(actor, {})
        return unsaved[key] if key in unsaved else super().read(actor, key)

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        self._process.spawn(self._flush(actor, writes, token))
        self._unsaved.setdefault(actor, {}).update(writes)

    async def _flush(self, actor: str, writes: Writes, token: Token) -> None:
        await asyncio.sleep(FLUSH_S)
        super().save(actor, writes, token)
