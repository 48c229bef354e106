"""Memory: an engine that leaves in memory what a failed turn had changed there (for a bug)."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Subject
from actorproof.harness.subjects.engine import Engine


class Unforgetting(Engine):
    """An engine whose instances go on from where a failed turn left them."""

    def _undo(self, subject: Subject) -> None:
        """Take nothing back."""
