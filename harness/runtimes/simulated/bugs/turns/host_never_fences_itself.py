from __future__ import annotations

from actorproof.harness.runtimes.simulated.lease import Lease


class HostNeverFencesItself(Lease):
    """A host goes on when its lease has ended.

    Breaks `activation` and `turns`: placement gives the actors of a host that is cut off to others; both serve them.
    """

    @property
    def over(self) -> bool:
        return False
