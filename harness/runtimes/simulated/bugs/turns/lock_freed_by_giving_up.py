from __future__ import annotations

import asyncio
from typing import Any

from actorproof.harness.simulation.network import Network, Port


class LockFreedByGivingUp(Network):
    """A caller that gives up lets the next turn in.

    Breaks `turns`: its sidecar forgets the call, and the turn runs on beside the next one.
    """

    def given_up(self, port: Port[Any], task: asyncio.Task[object]) -> None:
        if port.unit.endswith("/sidecar"):
            task.cancel()
