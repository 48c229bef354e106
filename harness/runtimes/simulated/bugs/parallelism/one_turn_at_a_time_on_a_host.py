from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

SCENARIO = "scale-out-drain"


class OneTurnAtATimeOnAHost(Turns):
    """A host runs one turn at a time, of whichever actor.

    Breaks `parallelism`: each turn waits for those of all others.
    """

    def __init__(self, *given: Any, **parts: Any) -> None:
        super().__init__(*given, **parts)
        self._one = asyncio.Lock()

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return self._both(super().lock(activation, call))

    @asynccontextmanager
    async def _both(self, actors: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
        async with actors, self._one:
            yield
