from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.calls import Call, Served
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

SCENARIO = "long-loss"
STILL_S = 25.0


class EveryNewTableSilencesEverybody(Turns):
    """A host serves nobody for 25 s after each new table, whether its actors move or not.

    Breaks `bystanders`: actors that the change does not touch are silent for longer than twice a dissemination.
    """

    _seen = 0
    _until_ns = 0

    async def serve(self, call: Call) -> Served:
        version = self._ownership.version
        if version != self._seen:
            # The first table is no change.
            self._until_ns = self._host.after_ns(STILL_S if self._seen else 0.0)
            self._seen = version
        while self._host.loop.now_ns < self._until_ns:
            await self._host.pause((self._until_ns - self._host.loop.now_ns) / 1e9)
        return await super().serve(call)
