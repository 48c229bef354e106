from __future__ import annotations

from actorproof.harness.runtimes.simulated.table import Ring, Table

SCENARIO = "scale-out-drain"


class RingReshuffledByAJoin(Ring):
    """Each new table deals all actors out anew.

    Breaks `placement`: a join moves actors to the joiner only.
    """

    def owner(self, actor: str, table: Table) -> str | None:
        return super().owner(f"{table.version}/{actor}", table)
