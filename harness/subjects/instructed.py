"""Instructed: a host's memory of how it was told to answer, and how often it did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from actorproof.harness.subjects.actors.subject import StateAccess, SubjectError
from actorproof.harness.subjects.behaviour import Behaviour, Request
from actorproof.harness.subjects.witness import Writes

USUAL = Behaviour(actors="/", request="call")


class Instructed:
    """Says for each request of one host's life how to answer it."""

    def __init__(self, behaviours: Sequence[Behaviour] = ()) -> None:
        self._behaviours = behaviours
        self._met: Counter[tuple[Behaviour, str, str]] = Counter()
        self._first_s: dict[Behaviour, float] = {}

    def next(self, actor: str, request: Request, name: str = "") -> Behaviour:
        """How to answer a request that has just come: by the first behaviour that is for it and not used up."""
        for behaviour in self._behaviours:
            if (
                behaviour.request == request
                and actor.startswith(behaviour.actors)
                and behaviour.name in {None, name}
                and self._still(behaviour, actor, name)
            ):
                return behaviour
        return USUAL

    def _still(self, behaviour: Behaviour, actor: str, name: str) -> bool:
        now_s = asyncio.get_running_loop().time()
        key = (behaviour, actor, name)
        first_s = self._first_s.setdefault(behaviour, now_s)
        if behaviour.for_s is not None and now_s - first_s >= behaviour.for_s:
            return False
        if behaviour.times is not None and self._met[key] >= behaviour.times:
            return False
        self._met[key] += 1
        return True


async def prelude(behaviour: Behaviour) -> None:
    """What comes before a turn's own code: its delay, and no more than that for one that hangs or fails."""
    if behaviour.delay_s:
        await asyncio.sleep(behaviour.delay_s)
    match behaviour.manner:
        case "hang":
            await asyncio.Event().wait()
        case "fail":
            raise SubjectError("it fails, as its host was told to")


class Unsaved:
    """State whose saves stage their changes, and fail before they are sent."""

    def __init__(self, state: StateAccess) -> None:
        self._state = state

    async def get(self, key: str) -> str | None:
        return await self._state.get(key)

    async def stage(self, writes: Writes) -> None:
        """Nothing: saves are sent when they are made."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        del ttl_s
        raise SubjectError(f"it fails with {len(writes)} changes staged, as its host was told to")
