"""Parcel: keeps what it was sent last, whatever bytes these are."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method, text


class Parcel(Subject):
    """Key ``parcel``: {"body": base64 of what was sent, "turn": writer}; null at first."""

    __slots__ = ()
    MODEL = "register"

    @method("writes", function="write", takes=("body",))
    async def put(self, turn: Turn, args: Args) -> None:
        """Keep `body`."""
        await turn.hold()
        await turn.save({"parcel": {"body": text(args, "body")}})

    @method("reads", function="read")
    async def get(self, turn: Turn, _args: Args) -> object:
        """What was sent last."""
        stored = await turn.load("parcel")
        return stored["body"] if stored else None
