"""Set-full: an element that was once known to be in a set is in every later read, from some read on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value, spelled
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.linearizability.models.sets import ELEMENTS
from actorproof.properties.verdict.outcome import Outcome

SHOWN = 5
NEVER = 2**62


@dataclass(slots=True)
class _Element:
    """One element: when it was known to be in the set, and the last reads with and without it."""

    call: Call
    known: int = NEVER
    seen: int = -1
    missed: Call | None = field(default=None)


class SetFull(Checker):
    """``add(element)`` and ``read() -> all elements``. Reads may be stale; an element that is gone for good is lost."""

    name = "set-full"
    functions: ClassVar[Mapping[str, str]] = {"add": "any value", "read": "nil"}

    def check(self, calls: Sequence[Call]) -> Told:
        added: dict[Value, _Element] = {}
        reads: list[tuple[Call, frozenset[Value]]] = []
        for call in calls:
            if self.known(call) == "add" and call.outcome != "fail":
                each = added.setdefault(call.asked, _Element(call))
                if call.outcome == "ok" and call.end is not None:
                    each.known = min(each.known, call.end)
            elif call.function == "read" and call.outcome == "ok":
                reads.append((call, _elements(call)))
        if not reads or not added:
            return Told(outcome=Outcome.UNKNOWN, why="nothing was added and read, so nothing was tested")
        for call, held in reads:  # in order of their starts
            for value in held & added.keys():
                added[value].known = min(added[value].known, call.end or NEVER)
                added[value].seen = call.start
        for call, held in reads:
            for value in added.keys() - held:
                if added[value].known < call.start:
                    added[value].missed = call
        lost = {value: e for value, e in added.items() if e.missed is not None and e.missed.start > e.seen}
        notes = _strange({value for _, held in reads for value in held} - added.keys())
        if lost:
            return Told(
                outcome=Outcome.VIOLATED,
                why=f"{some(len(lost), 'element')} lost: known to be in the set, and in no read from some time on",
                details=tuple(
                    f"{spelled(value)}, added at line {e.call.line}, is missing from the read of line"
                    f" {e.missed.end_line if e.missed else 0} and seen in none after it"
                    for value, e in list(lost.items())[:SHOWN]
                ),
                notes=notes,
                lines_of_calls=tuple(e.call.line for e in lost.values()),
            )
        if not any(e.seen >= 0 for e in added.values()):
            return Told(
                outcome=Outcome.UNKNOWN, why="no element was ever read, and none is known to be lost", notes=notes
            )
        return Told(outcome=Outcome.HOLDS, why=f"{some(len(added), 'element')}, none of them lost", notes=notes)


def _strange(values: set[Value]) -> tuple[str, ...]:
    if not values:
        return ()
    return (f"read, but added by nobody: {some(len(values), 'element')}, such as {spelled(min(values, key=spelled))}",)


def _elements(call: Call) -> frozenset[Value]:
    if isinstance(call.answer, frozenset):
        return call.answer
    if not isinstance(call.answer, tuple):
        raise call.answer_refused(ELEMENTS)
    return frozenset(call.answer)
