from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.agreed import Agreed, HostLease

EARLY_NS = 2_000_000_000


class SilentTakenForDead(Agreed):
    """Placement goes on without a host that was silent for a second, its lease still running.

    Breaks `activation` and `turns`: the silent host goes on with its actors, which others begin to serve.
    """

    def expired(self, lease: HostLease) -> bool:
        return lease.until_ns - EARLY_NS <= self._loop.now_ns
