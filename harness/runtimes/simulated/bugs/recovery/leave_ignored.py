from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.agreed import Agreed


class LeaveIgnored(Agreed):
    """A host that left stays in the table.

    Breaks `recovery`: its actors answer nowhere.
    """

    def leave(self, host: str, session: int) -> bool:
        self.wanted[host] = session
        return False

    def may_serve(self, host: str, session: int) -> bool:
        lease = self.leases.get(host)
        return lease is not None and lease.session == session
