from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Subject
from actorproof.harness.subjects.engine import Engine

SCENARIO = "failed-turns"


class FailedTurnLeavesItsChanges(Engine):
    """What a failed turn changed in memory stays there.

    Breaks `failed-turn`: the next turn sees what was never saved.
    """

    def _undo(self, subject: Subject) -> None:
        """Take nothing back."""
