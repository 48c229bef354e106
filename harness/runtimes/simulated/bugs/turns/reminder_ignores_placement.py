from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.table import Table


class ReminderIgnoresPlacement(Ownership):
    """A reminder is run wherever it is delivered.

    Breaks `activation`: the actor has an instance there, and another one at its owner.
    """

    def owner(self, call: Call, table: Table) -> str | None:
        return self._host if call.cause == "reminder" else super().owner(call, table)
