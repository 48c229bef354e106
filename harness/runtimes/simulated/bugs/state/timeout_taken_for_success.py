from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.state import State
from actorproof.harness.runtimes.simulated.store import Token, Writes


class TimeoutTakenForSuccess(State):
    """A save that the store never answered is acknowledged.

    Breaks `durability`: it may not have been stored.
    """

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        stored = await super().save(actor, writes, token)
        return True if stored is None else stored
