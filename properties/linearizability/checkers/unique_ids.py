"""Unique ids: what is generated is never generated again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value, spelled
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.verdict.outcome import Outcome

SHOWN = 5


class UniqueIds(Checker):
    """``generate() -> id``."""

    name = "unique-ids"
    functions: ClassVar[Mapping[str, str]] = {"generate": "nil"}

    def check(self, calls: Sequence[Call]) -> Told:
        made: dict[Value, list[Call]] = {}
        for call in calls:
            self.known(call)
            if call.outcome == "ok":
                if call.answer is None:
                    raise call.answer_refused("an id")
                made.setdefault(call.answer, []).append(call)
        if not made:
            return Told(outcome=Outcome.UNKNOWN, why="no id was generated, so nothing was tested")
        twice = {id_: of_id for id_, of_id in made.items() if len(of_id) > 1}
        if not twice:
            return Told(outcome=Outcome.HOLDS, why=f"{some(len(made), 'id')}, each generated once")
        lines = [
            f"{spelled(id_)} came {some(len(of_id), 'time')}: lines {', '.join(str(c.end_line) for c in of_id[:SHOWN])}"
            for id_, of_id in twice.items()
        ]
        return Told(
            outcome=Outcome.VIOLATED,
            why=f"{some(len(twice), 'id')} came more than once",
            details=tuple(lines[:SHOWN]),
            lines_of_calls=tuple(call.line for of_id in twice.values() for call in of_id),
        )
