"""Named: the turns that a violation's events speak of."""

from __future__ import annotations

from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.records import Operation, Turn
from actorproof.properties.views.timeline import Timeline

Key = tuple[str, int]


class Named:
    """Finds the turns behind events of one history: their own starts and ends, saves, commits and operations."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def turns(self, violation: Violation) -> list[Turn]:
        """The turns that the events of a violation belong to, in order of their start."""
        found: dict[str, Turn] = {}
        for event in violation.events:
            for turn in self._of.get((event.process, event.seq), ()):
                found[turn.id] = turn
        return sorted(found.values(), key=lambda turn: turn.start_ns)

    def operations(self, violation: Violation) -> list[Operation]:
        """The operations that the events of a violation begin or end, in order of their start."""
        keys = [(event.process, event.seq) for event in violation.events]
        found = {self._calls[key].id: self._calls[key] for key in keys if key in self._calls}
        return sorted(found.values(), key=lambda operation: operation.start_ns)

    @cached_property
    def _calls(self) -> dict[Key, Operation]:
        return {
            (event.process, event.seq): operation
            for operation in self._timeline.operations
            for event in (operation.start, operation.end)
            if event is not None
        }

    @cached_property
    def _of(self) -> dict[Key, tuple[Turn, ...]]:
        found: dict[Key, tuple[Turn, ...]] = {}

        def note(turns: tuple[Turn, ...], *events: ev.Event | None) -> None:
            found.update({(event.process, event.seq): turns for event in events if event is not None})

        for turn in self._timeline.turns:
            note((turn,), turn.start, turn.end)
        for save in self._timeline.saves:
            owner = self._timeline.turn(save.turn)
            if owner is not None:
                note((owner,), save.start, save.end)
        for operation in self._timeline.operations:
            note(_carried(operation), operation.start, operation.end)
        return found


def _carried(operation: Operation) -> tuple[Turn, ...]:
    return (operation.answering,) if operation.answering is not None else tuple(operation.turns)
