from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.agreed import LEASE_S
from actorproof.harness.runtimes.simulated.sidecar.membership import Membership


class LeaseBelievedLonger(Membership):
    """A host believes its lease to last four times as long.

    Breaks `activation` and `turns`: placement gives the actors of a host that is cut off to others; both serve them.
    """

    def lease_s(self) -> float:
        return 4 * LEASE_S
