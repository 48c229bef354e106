from __future__ import annotations

import contextlib

from actorproof.harness.subjects.actors.subject import Args, Method, Subject, SubjectError, Turn
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.subjects.engine import Answer, Engine

SCENARIO = "simulated-application"


class FailuresAnsweredAsGood(Engine):
    """An application drops what its methods raise, and answers 200.

    Breaks `application`: the caller does not learn that his call failed.
    """

    async def _run(
        self, subject: Subject, turn: Turn, function: Method | None, args: Args, behaviour: Behaviour
    ) -> Answer:
        async def muted(subject: Subject, turn: Turn, args: Args) -> object:
            assert function is not None
            with contextlib.suppress(SubjectError):
                return await function(subject, turn, args)
            return None

        return await super()._run(subject, turn, function and muted, args, behaviour)
