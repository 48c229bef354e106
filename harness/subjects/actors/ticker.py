"""Ticker: registers timers for itself, whose callbacks are slow, fail or save if they are asked to."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, SubjectError, Turn, method, text
from actorproof.harness.subjects.timers import TimerRequest


class Ticker(Subject):
    """Payload of a timer: any object; `hold_s` holds each callback, `fail_every` n fails every nth of the actor's.

    With `saves` true each callback that does not fail keeps key ``ticked``: {"ticks": so far, "turn": writer}.
    """

    __slots__ = ("_ticks",)

    def __init__(self) -> None:
        self._ticks = 0

    @method("none")
    async def start(self, turn: Turn, args: Args) -> None:
        """Register a timer: `name`, `due_s`, and if wanted `period_s`, `repetitions`, `ttl_s`, `data`."""
        try:
            request = TimerRequest.of(args)
        except ValueError as error:
            raise SubjectError(str(error)) from error
        await turn.timers.register(request)

    @method("none")
    async def stop(self, turn: Turn, args: Args) -> None:
        """Unregister the timer `name`."""
        await turn.timers.unregister(text(args, "name"))

    @method("none")
    async def ping(self, turn: Turn, _args: Args) -> None:
        """Hold the turn; nothing else."""
        await turn.hold()

    async def tick(self, turn: Turn, args: Args) -> None:
        """A timer's callback."""
        self._ticks += 1
        await turn.hold()
        every = args.get("fail_every")
        if isinstance(every, int) and every > 0 and self._ticks % every == 0:
            raise SubjectError(f"tick {self._ticks} fails, as it was asked to")
        if args.get("saves") is True:
            await turn.save({"ticked": {"ticks": self._ticks}})
