from __future__ import annotations

from typing import Any

from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

EVERY = 15


class TransactionsInterleaved(Store):
    """Now and then the second half of a transaction is stored only after the actor's next one.

    Breaks `transactions`: each of the two overwrites some of the other.
    """

    def __init__(self, *given: Any, **parts: Any) -> None:
        super().__init__(*given, **parts)
        self._saves = 0
        self._late: dict[str, Writes] = {}

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        self._saves += 1
        half = (len(writes) + 1) // 2
        late = self._late.pop(actor, None)
        if late is None and len(writes) > 1 and self._saves % EVERY == 0:
            self._late[actor], writes = writes[half:], writes[:half]
        super().save(actor, writes, token)
        if late is not None:
            super().save(actor, late, token)
