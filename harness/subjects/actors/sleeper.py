"""Sleeper: holds its turn for as long as it is told."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method


class Sleeper(Subject):
    """Key ``count``: {"count": saved holds, "turn": writer}."""

    __slots__ = ("_count",)
    MODEL = "counter"

    def __init__(self) -> None:
        self._count: int | None = None

    def forget(self) -> None:
        self._count = None

    @method("none")
    async def hold(self, turn: Turn, _args: Args) -> None:
        """Hold the turn; saves nothing."""
        await turn.hold()

    @method("writes")
    async def hold_save(self, turn: Turn, _args: Args) -> int:
        """Hold the turn, then save; returns how many times that was done."""
        if self._count is None:
            stored = await turn.load("count")
            self._count = 0 if stored is None else int(stored["count"])
        count = self._count + 1
        await turn.hold()
        await turn.save({"count": {"count": count}})
        self._count = count
        return count
