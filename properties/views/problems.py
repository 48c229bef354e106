"""Problems: what is wrong with a history itself, and what that means for what may be concluded from it.

gap             a line of a journal is missing, or a whole journal: absence proves nothing
contradiction   what can't have happened; the run is an error
clocks          the processes' clocks do not compare
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from actorproof.harness.history import events as ev

if TYPE_CHECKING:
    from actorproof.properties.views.timeline import Timeline

Kind = Literal["gap", "contradiction", "clocks"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in one sentence."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text


def missing(event: ev.Event, expected: int) -> Problem:
    """Running numbers of a process are missing before an event."""
    return Problem("gap", f"{event.process}: event {expected} is missing (next is {event.seq})")


def twice(event: ev.Event, what: str) -> Problem:
    """An event begins or ends once more what did so before."""
    return Problem("contradiction", f"{event.process} event {event.seq}: {what}")


def unbegun(event: ev.Event, what: str) -> Problem:
    """An event goes on with, or ends, what never began: its beginning is missing."""
    return Problem("gap", f"{event.process} event {event.seq}: {what}")


def clocks() -> Problem:
    """Processes ran in different boots or time namespaces."""
    return Problem("clocks", "the processes' clocks do not compare: they ran in different boots or time namespaces")


def unwitnessed(timeline: Timeline) -> Iterator[Problem]:
    """Journals that are lost as a whole, which leaves no gap in any running number.

    An application opens its journal before it is ready, and starts a turn there before any reply can name it.
    """
    for life in timeline.lives:
        process = f"{life.unit}#{life.incarnation}"
        if ev.half(life.unit) == "app" and life.ready_ns is not None and not timeline.last_event_ns(process):
            yield Problem("gap", f"the journal of {process} is missing")
    named = [
        operation.end.turn
        for operation in timeline.operations
        if operation.outcome == "ok"
        and operation.end is not None
        and operation.end.turn is not None
        and timeline.turn(operation.end.turn) is None
    ]
    if named:
        yield Problem("gap", f"calls were answered by turns that stand in no journal: {len(named):,}, first {named[0]}")


def refuted(timeline: Timeline) -> Iterator[Problem]:
    """Operations that failed before a byte was sent and were carried by a turn all the same."""
    for operation in timeline.operations:
        if operation.outcome == "fail" and operation.turns:
            yield Problem(
                "contradiction",
                f"operation {operation.id} was refused before its first byte was sent,"
                f" yet turn {operation.turns[0].id} ran it",
            )
