from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution

SCENARIO = "simulated-broken-connection"


class LockLeaksOnABrokenConnection(Execution):
    """An actor stays locked when the connection to its application breaks.

    Breaks `recovery`: it answers again when the link is healed.
    """

    async def connection_broke(self, activation: Activation, key: int) -> None:
        await asyncio.Event().wait()
