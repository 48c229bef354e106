from __future__ import annotations

from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

EVERY = 15


class WriteLost(Store):
    """Now and then a save is acknowledged and not stored.

    Breaks `durability`: no other instance finds what it wrote.
    """

    _saves = 0

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        self._saves += 1
        if self._saves % EVERY:
            super().save(actor, writes, token)
