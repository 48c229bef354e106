from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy


class StackTooShallow(Reentrancy):
    """A chain is refused at the depth that is allowed.

    Breaks `reentrancy`: it fails at maxStackDepth + 1, not before.
    """

    def max_depth(self) -> int:
        return super().max_depth() - 1
