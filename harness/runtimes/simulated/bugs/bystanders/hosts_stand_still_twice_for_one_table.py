from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.calls import Call, Served
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

SCENARIO = "long-loss"
# When a host stands still after a new table: from, to.
STILL_S = ((0.0, 5.0), (8.0, 13.0))


class HostsStandStillTwiceForOneTable(Turns):
    """A host serves nobody for 5 s after each new table, then serves for 3 s, and stands still for 5 s again.

    Breaks `bystanders`: actors that the change does not touch are silenced a second time for it.
    """

    _seen = 0
    _since_ns = 0

    async def serve(self, call: Call) -> Served:
        version = self._ownership.version
        if version != self._seen:
            # The first table is no change.
            self._since_ns = self._host.loop.now_ns if self._seen else 0
            self._seen = version
        for from_s, to_s in STILL_S if self._since_ns else ():
            passed_s = (self._host.loop.now_ns - self._since_ns) / 1e9
            if from_s <= passed_s < to_s:
                await self._host.pause(to_s - passed_s)
        return await super().serve(call)
