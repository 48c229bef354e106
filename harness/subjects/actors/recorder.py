"""Recorder: its reminders and timers are recorded as turns. It has no state, unless they are asked to save."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method


class Recorder(Subject):
    """Answers null to every ping. Key ``ticked``: {"turn": writer}, where a payload asks its turn to save."""

    __slots__ = ()

    @method("none")
    async def ping(self, turn: Turn, _args: Args) -> None:
        await turn.hold()

    async def tick(self, turn: Turn, args: Args) -> None:
        """A reminder or timer fired."""
        await turn.hold()
        if args.get("saves") is True:
            await turn.save({"ticked": {}})
