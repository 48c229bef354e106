"""Canary: breaks promises on purpose in every run, in actors of its own. A run in which it stays unseen proves nothing.

``add`` runs a second, stray turn of the same actor that overlaps the first. ``append`` journals an acknowledged save
that it never sent to the store.
"""

from __future__ import annotations

from dataclasses import replace

from actorproof.harness.subjects.actors.counter import Counter
from actorproof.harness.subjects.actors.ledger import Ledger
from actorproof.harness.subjects.actors.subject import Args, StateAccess, Subject, Turn, method
from actorproof.harness.subjects.witness import Mark, Witness, Writes


class Canary(Subject):
    """A counter and a ledger in one, each broken in one way."""

    __slots__ = ("_counter", "_ledger")

    def __init__(self) -> None:
        self._counter = Counter()
        self._ledger = Ledger()

    def forget(self) -> None:
        self._counter.forget()
        self._ledger.forget()

    @method("writes")
    async def add(self, turn: Turn, args: Args) -> int:
        """Counter's add, within which a stray turn begins and ends."""
        stray = turn.witness.begin(actor=turn.mark.actor, cause="call", name="add", instance=turn.mark.instance)
        try:
            return await self._counter.add(turn, args)
        finally:
            turn.witness.end(stray, completed=True)

    @method("reads")
    async def get(self, turn: Turn, args: Args) -> int:
        """Counter's get, honest."""
        return await self._counter.get(turn, args)

    @method("writes")
    async def append(self, turn: Turn, args: Args) -> dict[str, int]:
        """Ledger's append, whose save never reaches the store."""
        return await self._ledger.append(replace(turn, state=LostState(turn.state, turn.witness, turn.mark)), args)

    @method("reads")
    async def read(self, turn: Turn, args: Args) -> dict[str, object]:
        """Ledger's read, honest."""
        return await self._ledger.read(turn, args)

    @method("reads")
    async def last(self, turn: Turn, args: Args) -> dict[str, int]:
        """Ledger's last, honest."""
        return await self._ledger.last(turn, args)


class LostState:
    """State that acknowledges every save and stores none."""

    def __init__(self, state: StateAccess, witness: Witness, mark: Mark) -> None:
        self._state = state
        self._witness = witness
        self._mark = mark

    async def get(self, key: str) -> str | None:
        return await self._state.get(key)

    async def stage(self, writes: Writes) -> None:
        """Nothing: saves are sent when they are made."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        del ttl_s
        self._witness.save_ended(self._witness.save_started(self._mark, writes), acknowledged=True)
