"""Store: transactions on the state of actors, durable before they are acknowledged, and fenced.

Each request names a token: the placement version under which its host took the actor over, and a number that grows with
each request of that host. A host that takes an actor over claims it first: from then on what older hosts send, and what
was on its way from this one before, is refused. So a save that arrives late changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from actorproof.harness.cluster.simulated.bugs import Bugs
from actorproof.harness.cluster.simulated.process import Process

Token = tuple[int, int]
Writes = Sequence[tuple[str, str | None]]
NO_TOKEN: Token = (-1, -1)


@dataclass(slots=True)
class Disk:
    """What outlives the store's process."""

    values: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Token] = field(default_factory=dict)


class Store:
    """The store's program. `committed` is told of every transaction at the instant at which it is durable."""

    def __init__(self, process: Process, *, disk: Disk, bugs: Bugs, committed: Callable[[str, Writes], None]) -> None:
        self._process = process
        self._disk = disk
        self._bugs = bugs
        self._committed = committed

    async def main(self) -> int:
        """Listen until asked to end."""
        self._process.listening = self._process.ready = True
        await self._process.stopping.wait()
        return 0

    async def claim(self, actor: str, token: Token) -> bool:
        """Take an actor over; false when somebody newer has it."""
        if token < self._disk.claims.get(actor, NO_TOKEN):
            return False
        self._disk.claims[actor] = token
        return True

    async def get(self, actor: str, key: str, token: Token) -> tuple[bool, str | None]:
        """Whether the token is good enough, and the value of a key."""
        claim = self._disk.claims.get(actor, NO_TOKEN)
        if token[0] < claim[0]:
            return False, None
        self._disk.claims[actor] = max(claim, token)
        return True, self._disk.values.get(actor, {}).get(key)

    async def commit(self, actor: str, writes: Writes, token: Token) -> bool:
        """Make all writes durable at once; false, and nothing is changed, when the token is too old."""
        if token < self._disk.claims.get(actor, NO_TOKEN):
            return False
        self._disk.claims[actor] = token
        values = self._disk.values.setdefault(actor, {})
        for key, value in writes:
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
        self._committed(actor, writes)
        return True
