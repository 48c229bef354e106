from __future__ import annotations

from actorproof.harness.runtimes.simulated.app.abortable import Abortable
from actorproof.harness.runtimes.simulated.app.app import App
from actorproof.harness.subjects.engine import Answer


class AbortWithoutEffect(App):
    """An application says that a turn is over that it goes on with.

    Breaks `turns`: the next turn begins, here or at the new owner, while that one is open.
    """

    async def abort_turn(self, work: Abortable[Answer]) -> None:
        """Let it run on."""
