"""Loan: keeps a value for a while: state with a time to live."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method, number, text


class Loan(Subject):
    """Key ``loan``: {"value": what was lent, "turn": writer}, until its time to live is over.

    No model is held to it: none of ours knows time.
    """

    __slots__ = ()
    MODEL = "register"

    @method("writes")
    async def lend(self, turn: Turn, args: Args) -> None:
        """Keep `value` for `ttl_s` seconds."""
        await turn.save({"loan": {"value": text(args, "value")}}, ttl_s=number(args, "ttl_s"))

    @method("reads")
    async def look(self, turn: Turn, _args: Args) -> object:
        """What is kept, null when its time is over."""
        stored = await turn.load("loan")
        return stored["value"] if stored else None
