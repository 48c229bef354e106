from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from actorproof.harness.subjects.actors.subject import Args, Method, StateAccess, Subject, Turn
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.subjects.engine import Answer, Engine
from actorproof.harness.subjects.witness import Writes

SCENARIO = "failed-turns"


class FailedTurnSavedWithTheNext(Engine):
    """What a failed turn had set aside is saved by the actor's next turn.

    Breaks `failed-turn`: it should be gone.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._aside: dict[str, Writes] = {}

    async def _run(
        self, subject: Subject, turn: Turn, function: Method | None, args: Args, behaviour: Behaviour
    ) -> Answer:
        actor = turn.mark.actor
        if actor in self._aside:
            await turn.state.commit(self._aside.pop(actor))

        async def stage(writes: Writes) -> None:
            self._aside[actor] = writes

        state = SimpleNamespace(get=turn.state.get, commit=turn.state.commit, stage=stage)
        return await super()._run(subject, replace(turn, state=cast("StateAccess", state)), function, args, behaviour)
