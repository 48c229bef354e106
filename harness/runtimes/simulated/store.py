"""Store: transactions on the state of actors, durable before they are acknowledged, and fenced.

Each request names a token: the placement version under which its host took the actor over, and a number that grows with
each request of that host. A host that takes an actor over claims it first: from then on what older hosts send, and what
was on its way from this one before, is refused. So a save that arrives late changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.process import Process

Token = tuple[int, int]
Writes = Sequence[tuple[str, str | None]]
NO_TOKEN: Token = (-1, -1)


@dataclass(slots=True)
class Disk:
    """What outlives the store's process."""

    loop: VirtualLoop
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Token] = field(default_factory=dict)

    def opened(self) -> None:
        """A store starts: it finds everything that was written."""

    def read(self, actor: str, key: str) -> str | None:
        """The value of a key, or None."""
        return self.values.get(actor, {}).get(key)

    def write(self, actor: str, writes: Writes) -> None:
        """Make all writes durable at once."""
        values = self.values.setdefault(actor, {})
        for key, value in writes:
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value

    def claimed(self, actor: str) -> Token:
        """The newest token that an actor was used with."""
        return self.claims.get(actor, NO_TOKEN)


class Store:
    """The store's program. `committed` is told of every transaction at the instant at which it is durable."""

    def __init__(self, process: Process, *, disk: Disk, committed: Callable[[str, Writes], None]) -> None:
        self._process = process
        self._disk = disk
        self._committed = committed

    async def main(self) -> int:
        """Listen until asked to end."""
        self._disk.opened()
        self._process.listening = self._process.ready = True
        await self._process.stopping.wait()
        return 0

    async def claim(self, actor: str, token: Token) -> bool:
        """Take an actor over; false when somebody newer has it."""
        if token < self._disk.claimed(actor):
            return False
        self._disk.claims[actor] = token
        return True

    async def get(self, actor: str, key: str, token: Token) -> tuple[bool, str | None]:
        """Whether the token is good enough, and the value of a key."""
        claim = self._disk.claimed(actor)
        if token[0] < claim[0]:
            return False, None
        self._disk.claims[actor] = max(claim, token)
        return True, self.read(actor, key)

    async def commit(self, actor: str, writes: Writes, token: Token) -> bool:
        """Make all writes durable at once; false, and nothing is changed, when the token is too old."""
        if self.fenced(actor, token):
            return False
        self.save(actor, writes, token)
        return True

    # ---- steps

    def fenced(self, actor: str, token: Token) -> bool:
        """Whether a save comes too late: somebody newer has the actor, or something newer was asked for it."""
        return token < self._disk.claimed(actor)

    def read(self, actor: str, key: str) -> str | None:
        """What is read is what was saved last."""
        return self._disk.read(actor, key)

    def save(self, actor: str, writes: Writes, token: Token) -> None:
        """A transaction is durable, all of it, before it is acknowledged."""
        self._disk.claims[actor] = max(token, self._disk.claimed(actor))
        self._disk.write(actor, writes)
        self._committed(actor, writes)
