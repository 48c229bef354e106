"""Ledger: appends entries that never change, so that a lost or overwritten one shows for ever."""

from __future__ import annotations

import asyncio

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method

READERS = 16


class Ledger(Subject):
    """Keys ``count``: {"count": entries, "turn": writer}, and ``entry-000001``...: {"op": operation, "turn": writer}.

    An entry and its count are written in one transaction. Only the count is cached: entries are read from the store.
    """

    __slots__ = ("_count",)
    MODEL = "ledger"

    def __init__(self) -> None:
        self._count: int | None = None

    def forget(self) -> None:
        self._count = None

    @method("writes")
    async def append(self, turn: Turn, _args: Args) -> dict[str, int]:
        """Append the operation at the next index."""
        index = await self._read(turn) + 1
        await turn.hold()
        await turn.save({entry_key(index): {"op": turn.mark.op}, "count": {"count": index}})
        self._count = index
        return {"index": index}

    async def tick(self, turn: Turn, args: Args) -> None:
        """A reminder or timer appends, too; its entry has no operation."""
        await self.append(turn, args)

    @method("reads")
    async def read(self, turn: Turn, _args: Args) -> dict[str, object]:
        """Every entry as [index, operation, turn]; [index, null, null] for one that is not in the store."""
        count = await self._read(turn)
        await turn.hold()
        entries: list[list[object]] = []
        for start in range(1, count + 1, READERS):
            indexes = range(start, min(start + READERS, count + 1))
            values = await asyncio.gather(*(turn.load(entry_key(index)) for index in indexes))
            entries += [
                [index, None, None] if value is None else [index, value["op"], value["turn"]]
                for index, value in zip(indexes, values, strict=True)
            ]
        return {"count": count, "entries": entries}

    @method("reads")
    async def last(self, turn: Turn, _args: Args) -> dict[str, int]:
        """How many entries there are."""
        count = await self._read(turn)
        await turn.hold()
        return {"count": count}

    async def _read(self, turn: Turn) -> int:
        if self._count is None:
            stored = await turn.load("count")
            self._count = 0 if stored is None else int(stored["count"])
        return self._count


def entry_key(index: int) -> str:
    """The key of an entry; indexes begin with 1."""
    return f"entry-{index:06d}"
