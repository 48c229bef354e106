from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from actorproof.harness.runtimes.simulated.sidecar.state import StoreClient
from actorproof.harness.runtimes.simulated.store import Store

SCENARIO = "store-restart"
T = TypeVar("T")


class StoreConnectionStaysBroken(StoreClient):
    """A sidecar that lost the store never finds it again.

    Breaks `recovery`: actors answer again after the store's restart.
    """

    _broken = False

    async def ask(self, serve: Callable[[Store], Awaitable[T]]) -> T | None:
        answer = None if self._broken else await super().ask(serve)
        self._broken = answer is None
        return answer
