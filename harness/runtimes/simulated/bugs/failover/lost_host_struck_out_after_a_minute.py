from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.agreed import Agreed, HostLease

SCENARIO = "long-loss"
LATER_NS = 55_000_000_000


class LostHostStruckOutAfterAMinute(Agreed):
    """Placement believes that a host serves actors for a minute after its lease ended.

    Breaks `failover`: its actors answer elsewhere long after the sum of the documented time-outs.
    """

    def expired(self, lease: HostLease) -> bool:
        return lease.until_ns + LATER_NS <= self._loop.now_ns
