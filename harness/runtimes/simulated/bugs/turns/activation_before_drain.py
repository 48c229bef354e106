from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from actorproof.harness.runtimes.simulated.placement.dissemination import Dissemination


class ActivationBeforeDrain(Dissemination):
    """A new table is in force before the old owners have drained.

    Breaks `turns`: the new owner begins a turn while one is open at the old owner.
    """

    async def drained(self, locks: Sequence[asyncio.Task[Any]]) -> None:
        """Do not wait."""
