from __future__ import annotations

from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

EVERY = 15


class TransactionTorn(Store):
    """Now and then only the first half of a transaction is stored.

    Breaks `transactions`: the other half was acknowledged too.
    """

    _saves = 0

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        self._saves += 1
        torn = self._saves % EVERY == 0
        super().save(actor, writes[: (len(writes) + 1) // 2] if torn else writes, token)
