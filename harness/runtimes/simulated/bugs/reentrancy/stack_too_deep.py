from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy


class StackTooDeep(Reentrancy):
    """A chain is refused one call too late.

    Breaks `reentrancy`: it fails at maxStackDepth + 1.
    """

    def max_depth(self) -> int:
        return super().max_depth() + 1
