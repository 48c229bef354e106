"""Store: transactions on the state of actors, durable before they are acknowledged, and fenced.

Each request names a token: the placement version under which its host took the actor over, and a number that grows with
each request of that host. A host that takes an actor over claims it first: from then on what older hosts send, and what
was on its way from this one before, is refused. So a save that arrives late changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.drivers.simulated.process import Process
from actorproof.harness.runtimes.simulated.bugs import Bugs

Token = tuple[int, int]
Writes = Sequence[tuple[str, str | None]]
NO_TOKEN: Token = (-1, -1)
# Of bugs: one save in so many, how long a save takes to be durable, how old a snapshot gets, and how far a replica lags
# behind.
_EVERY = 15
_FLUSH_S = 0.3
_SNAPSHOT_NS = 2_000_000_000
_LAG_NS = 5_000_000_000


@dataclass(slots=True)
class Disk:
    """What outlives the store's process."""

    values: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Token] = field(default_factory=dict)
    snapshot: dict[str, dict[str, str]] = field(default_factory=dict)
    snapshot_ns: int = 0
    replaced: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)


class Store:
    """The store's program. `committed` is told of every transaction at the instant at which it is durable."""

    def __init__(
        self,
        process: Process,
        *,
        disk: Disk,
        bugs: Bugs,
        committed: Callable[[str, Writes], None],
        loop: VirtualLoop,
    ) -> None:
        self._loop = loop
        self._count = 0
        self._unsaved: dict[str, dict[str, str | None]] = {}
        self._process = process
        self._disk = disk
        self._bugs = bugs
        self._committed = committed

    async def main(self) -> int:
        """Listen until asked to end."""
        if self._bugs.on("restart-restores-a-snapshot") and self._disk.snapshot:
            self._disk.values = {name: dict(of_actor) for name, of_actor in self._disk.snapshot.items()}
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
        if self._bugs.on("reads-from-a-lagging-replica"):
            replaced_ns, before = self._disk.replaced.get((actor, key), (-_LAG_NS, None))
            if self._loop.now_ns - replaced_ns < _LAG_NS:
                return True, before
        if key in self._unsaved.get(actor, {}):
            return True, self._unsaved[actor][key]
        return True, self._disk.values.get(actor, {}).get(key)

    async def commit(self, actor: str, writes: Writes, token: Token) -> bool:
        """Make all writes durable at once; false, and nothing is changed, when the token is too old."""
        if token < self._disk.claims.get(actor, NO_TOKEN) and not self._bugs.on("late-saves-not-fenced"):
            return False
        self._count += 1
        if self._bugs.on("write-lost") and self._count % _EVERY == 0:
            return True
        if self._bugs.on("transaction-torn") and self._count % _EVERY == 0:
            writes = writes[: (len(writes) + 1) // 2]
        if self._bugs.on("acknowledged-before-durable"):
            self._process.spawn(self._apply_later(actor, writes, token))
            self._unsaved.setdefault(actor, {}).update(writes)
            return True
        self._apply(actor, writes, token)
        return True

    def _apply(self, actor: str, writes: Writes, token: Token) -> None:
        """Make a transaction durable."""
        self._disk.claims[actor] = max(token, self._disk.claims.get(actor, NO_TOKEN))
        values = self._disk.values.setdefault(actor, {})
        for key, value in writes:
            if self._bugs.on("reads-from-a-lagging-replica"):
                self._disk.replaced[actor, key] = self._loop.now_ns, values.get(key)
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
        self._committed(actor, writes)
        if self._bugs.on("restart-restores-a-snapshot") and self._loop.now_ns - self._disk.snapshot_ns > _SNAPSHOT_NS:
            self._disk.snapshot_ns = self._loop.now_ns
            self._disk.snapshot = {name: dict(of_actor) for name, of_actor in self._disk.values.items()}

    async def _apply_later(self, actor: str, writes: Writes, token: Token) -> None:
        await asyncio.sleep(_FLUSH_S)
        self._apply(actor, writes, token)
