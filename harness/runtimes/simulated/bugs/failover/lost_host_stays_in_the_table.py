from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.agreed import Agreed

SCENARIO = "long-loss"


class LostHostStaysInTheTable(Agreed):
    """Placement waits for a host that was lost, and never gives its actors to another one.

    Breaks `failover`: they answer again only when the host is back.
    """

    def strike_out(self) -> None:
        return
