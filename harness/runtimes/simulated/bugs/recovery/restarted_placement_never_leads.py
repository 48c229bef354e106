from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.replica import Placement


class RestartedPlacementNeverLeads(Placement):
    """A placement replica that was restarted never leads.

    Breaks `recovery`: with only one, nobody gets a lease any more.
    """

    _took_part = False

    def take_part(self) -> None:
        if self._took_part or not self._quorum.term:
            self._took_part = True
            super().take_part()
