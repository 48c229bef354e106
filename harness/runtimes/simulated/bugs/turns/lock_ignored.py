from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.table import Table


class LockIgnored(Ownership):
    """A host takes calls for actors that are about to move away.

    Breaks `turns`: a turn that begins after the drain is open when the new owner begins one.
    """

    def in_force(self) -> tuple[Table | None, ...]:
        return self.table, self.before
