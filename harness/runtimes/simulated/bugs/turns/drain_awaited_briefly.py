from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from actorproof.harness.runtimes.simulated.placement.dissemination import Dissemination


class DrainAwaitedBriefly(Dissemination):
    """Placement waits 0.3 s for a drain and goes on.

    Breaks `turns`: the new owner begins while turns that take longer are open at the old one.
    """

    async def drained(self, locks: Sequence[asyncio.Task[Any]]) -> None:
        await asyncio.wait(locks, timeout=0.3)
