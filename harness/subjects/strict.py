"""StrictJournal: ends the process when an event can't be written, since no turn may go on unwitnessed."""

from __future__ import annotations

import os
import sys
from typing import Any

from actorproof.harness.errors import JournalError
from actorproof.harness.subjects.witness import EventT, EventWriter


class StrictJournal:
    """Writes to another journal; on a JournalError it says why and exits at once, with that error's code."""

    def __init__(self, journal: EventWriter) -> None:
        self._journal = journal

    def write(self, kind: type[EventT], **fields: Any) -> EventT:
        """Write one event and return it."""
        try:
            return self._journal.write(kind, **fields)
        except JournalError as error:
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
            os._exit(error.exit_code)
