"""Counter: adds, and saves every sum."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, SubjectError, Turn, method, number


class Counter(Subject):
    """Key ``value``: {"value": sum, "turn": writer}."""

    __slots__ = ("_value",)
    MODEL = "counter"

    def __init__(self) -> None:
        self._value: int | None = None

    def forget(self) -> None:
        self._value = None

    @method("writes")
    async def add(self, turn: Turn, args: Args) -> int:
        """Add `by`; returns the new value."""
        value = await self._read(turn) + number(args, "by")
        await turn.hold()
        await turn.save({"value": {"value": value}})
        self._value = value
        return value

    @method("reads")
    async def get(self, turn: Turn, _args: Args) -> int:
        """The value, 0 at first."""
        value = await self._read(turn)
        await turn.hold()
        return value

    @method("none")
    async def fail(self, turn: Turn, _args: Args) -> None:
        """Add 1, set it aside to be saved, and fail before anything is: nothing of it may stay, in memory neither."""
        self._value = await self._read(turn) + 1
        await turn.stage({"value": {"value": self._value}})
        raise SubjectError("it fails, as it was asked to")

    async def _read(self, turn: Turn) -> int:
        if self._value is None:
            stored = await turn.load("value")
            self._value = 0 if stored is None else int(stored["value"])
        return self._value
