from __future__ import annotations

from functools import cached_property

from actorproof.harness.runtimes.simulated.sidecar.state import State
from actorproof.harness.runtimes.simulated.store import Token, Writes


class CacheSurvivesMoves(State):
    """A sidecar answers reads from what it once read or wrote.

    Breaks `durability` and `linearizability`: an actor that comes back does not see what it saved elsewhere.
    """

    @cached_property
    def _cache(self) -> dict[tuple[str, str], str | None]:
        return {}

    async def get(self, actor: str, key: str) -> tuple[bool, str | None]:
        if (actor, key) in self._cache:
            return True, self._cache[actor, key]
        good, value = await super().get(actor, key)
        if good:
            self._cache[actor, key] = value
        return good, value

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        self._cache.update({(actor, key): value for key, value in writes})
        return await super().save(actor, writes, token)
