from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy


class ReentrantThoughOff(Reentrancy):
    """A chain enters an actor again although reentrancy is off for its type.

    Breaks `reentrancy` and `turns`: the inner call waits or fails.
    """

    def reentrant(self, actor: str) -> bool:
        return True
