from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

IMPATIENCE_S = 1.0


class LockWaitGivesUp(Turns):
    """A call that has waited for a second goes on without the lock.

    Breaks `turns`: it runs beside the turn that it waited for.
    """

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return _impatient(activation.lock)


@asynccontextmanager
async def _impatient(lock: asyncio.Lock) -> AsyncIterator[None]:
    """The lock, or nothing after a while."""
    try:
        async with asyncio.timeout(IMPATIENCE_S):
            await lock.acquire()
    except TimeoutError:
        yield
        return
    try:
        yield
    finally:
        lock.release()
