from __future__ import annotations

import asyncio
from itertools import islice

from actorproof.harness.runtimes.simulated.sidecar.deactivation import SCAN_S, Deactivation

SCENARIO = "capacity"
FEW = 20
SCANS = 10


class ScanEndsAfterAFew(Deactivation):
    """A host looks at a few activations at a time, and not often.

    Breaks `capacity`: where many are there, most stay active long after they are idle.
    """

    async def scan(self) -> None:
        while True:
            await asyncio.sleep(SCANS * SCAN_S)
            for activation in islice(self._activations, FEW):
                await self.collect(activation)
