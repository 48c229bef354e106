from __future__ import annotations

from actorproof.harness.runtimes.simulated.table import Ring, Table


class AllActorsOnOneHost(Ring):
    """Every actor belongs to the first host.

    Breaks `placement`: actors are spread over the hosts.
    """

    def owner(self, actor: str, table: Table) -> str | None:
        return min(table.hosts, default=None)
