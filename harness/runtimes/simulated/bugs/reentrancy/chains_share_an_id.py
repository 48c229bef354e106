from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.sidecar.calls import Call, Served
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns


class ChainsShareAnId(Turns):
    """Every call of a client gets the same reentrancy id.

    Breaks `reentrancy` and `turns`: strangers are let in as if they belonged to the chain.
    """

    async def serve(self, call: Call) -> Served:
        return await super().serve(replace(call, chain=call.chain or "chain"))
