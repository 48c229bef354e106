"""Recorder: has no state; its reminders and timers are recorded as turns."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method


class Recorder(Subject):
    """Answers null to every ping."""

    __slots__ = ()

    @method("none")
    async def ping(self, turn: Turn, _args: Args) -> None:
        await turn.hold()
