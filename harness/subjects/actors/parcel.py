"""Parcel: keeps what it was sent last, whatever bytes these are."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method, text, value_text


class Parcel(Subject):
    """Key ``parcel``: {"body": base64 of what was sent, "turn": writer}; null at first."""

    __slots__ = ()
    MODEL = "register"

    @method("writes", function="write", takes=("body",))
    async def put(self, turn: Turn, args: Args) -> None:
        """Keep `body`."""
        await turn.hold()
        await turn.save({"parcel": {"body": text(args, "body")}})

    @method("writes", function="write", takes=("body",))
    async def swap(self, turn: Turn, args: Args) -> None:
        """Keep `body`, by a transaction that writes, deletes and writes the same key."""
        kept = value_text({"body": text(args, "body"), "turn": turn.id})
        passing = value_text({"body": "", "turn": turn.id})
        await turn.state.commit([("parcel", passing), ("parcel", None), ("parcel", kept)])

    @method("reads", function="read")
    async def get(self, turn: Turn, _args: Args) -> object:
        """What was sent last."""
        stored = await turn.load("parcel")
        return stored["body"] if stored else None
