"""Register: one value, with compare-and-set."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method


class Register(Subject):
    """Key ``value``: {"value": any JSON, "turn": writer}; null at first."""

    __slots__ = ("_known", "_value")
    MODEL = "cas-register"

    def __init__(self) -> None:
        self._known = False
        self._value: object = None

    def forget(self) -> None:
        self._known = False
        self._value = None

    @method("writes")
    async def write(self, turn: Turn, args: Args) -> None:
        """Set `value`."""
        await turn.hold()
        await self._save(turn, args["value"])

    @method("reads")
    async def read(self, turn: Turn, _args: Args) -> object:
        """The value."""
        value = await self._read(turn)
        await turn.hold()
        return value

    @method("writes")
    async def cas(self, turn: Turn, args: Args) -> bool:
        """Set `new` if the value is `old`; returns whether it was."""
        value = await self._read(turn)
        await turn.hold()
        if value != args["old"]:
            return False
        await self._save(turn, args["new"])
        return True

    async def _save(self, turn: Turn, value: object) -> None:
        await turn.save({"value": {"value": value}})
        self._known, self._value = True, value

    async def _read(self, turn: Turn) -> object:
        if not self._known:
            stored = await turn.load("value")
            self._known, self._value = True, None if stored is None else stored["value"]
        return self._value
