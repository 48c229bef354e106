from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.routing import Routing


class ChainIdLostBetweenHosts(Routing):
    """The reentrancy id does not go with a call to another host.

    Breaks `reentrancy`: a chain that comes back to its first actor waits for itself.
    """

    def outgoing(self, call: Call) -> Call:
        return replace(call, chain=None)
