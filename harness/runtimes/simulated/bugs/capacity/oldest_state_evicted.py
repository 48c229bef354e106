from __future__ import annotations

from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

SCENARIO = "capacity"
MOST = 500


class OldestStateEvicted(Store):
    """The store keeps so many actors' state, and drops the oldest one's for a new one.

    Breaks `capacity`: what was acknowledged is gone when its actor comes back.
    """

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        super().save(actor, writes, token)
        if len(self._disk.values) > MOST:
            del self._disk.values[next(iter(self._disk.values))]
