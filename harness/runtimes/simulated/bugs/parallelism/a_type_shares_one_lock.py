from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from typing import Any

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

SCENARIO = "scale-out-drain"


class ATypeSharesOneLock(Turns):
    """A host has one lock for all actors of a type.

    Breaks `parallelism`: they wait for each other's turns.
    """

    def __init__(self, *given: Any, **parts: Any) -> None:
        super().__init__(*given, **parts)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        return self._locks[call.actor.partition("/")[0]]
