"""Calls: the events of a history as calls, each with the event that ended it.

The order of events is that of their `:index` where all have one, and that of the file elsewhere; a time that goes back
is no fault, since Jepsen's own clocks do, and is noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Literal, cast

import msgspec
from msgspec.structs import replace

from actorproof.properties.formats.event import NEMESIS, BadHistoryError, Event
from actorproof.properties.formats.values import Value, spelled

Outcome = Literal["ok", "fail", "info"]


class Call(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one client asked for, and how it ended.

    Attributes:
        line: where it begins in the file.
        end_line: where its end stands; None without one.
        asked: the value that it was invoked with.
        answer: the value of its end, if that is ``ok``; None otherwise.
        start: its place among the events; `end` likewise, None where the outcome is not known.
        key: the object, None where there is only one.
        alone: whether no other call begins on its line, so that this line names it.
    """

    line: int
    end_line: int | None = None
    process: str
    function: str
    asked: Value = None
    answer: Value = None
    start: int
    end: int | None = None
    outcome: Outcome = "info"
    key: Hashable = None
    alone: bool = True

    @property
    def id(self) -> str:
        """Its name for the reader: its line, and its number among the clients' events if others begin there, too."""
        return f"line {self.line}" if self.alone else f"line {self.line}, event {self.start + 1}"

    def refused(self, expected: str) -> BadHistoryError:
        """What to raise when its value is not of the form that its function has."""
        return BadHistoryError(
            f"{self.function} has the value {spelled(self.asked)}: expected {expected}", line=self.line, field="value"
        )

    def answer_refused(self, expected: str) -> BadHistoryError:
        """What to raise when its answer is not of the form that its function has."""
        return BadHistoryError(
            f"{self.function} is answered with {spelled(self.answer)}: expected {expected}",
            line=self.end_line,
            field="value",
        )

    def unknown(self, known: Iterable[str]) -> BadHistoryError:
        """What to raise when nothing has such a function."""
        return BadHistoryError(
            f"the function {self.function} is unknown to this model: expected {', '.join(known)}",
            line=self.line,
            field="f",
        )


def calls_of(events: Sequence[Event]) -> tuple[list[Call], list[str]]:
    """The calls in order of their starts, and notes for the reader.

    BadHistoryError for an index that comes twice, an end of no invocation, a second invocation by a process whose
    first has not ended, an end of another function or key, and for keys that only some have.
    """
    ordered = _in_order(events)
    calls = _paired([event for event in ordered if event.process != NEMESIS])
    bare = next((call for call in calls if call.key is None), None)
    if bare is not None and any(call.key is not None for call in calls):
        raise BadHistoryError(f"process {bare.process} invokes {bare.function} without a :key", line=bare.line)
    return calls, _notes(ordered)


def _in_order(events: Sequence[Event]) -> list[Event]:
    indexed = [event for event in events if event.index is not None]
    first: dict[int | None, Event] = {}
    for event in indexed:
        if (other := first.setdefault(event.index, event)) is not event:
            raise BadHistoryError(
                f":index {event.index} comes twice, first on line {other.line}", line=event.line, field="index"
            )
    back = next((event for before, event in pairwise(indexed) if event.index < before.index), None)  # type: ignore[operator]  # those that have one
    if back is None:
        return list(events)
    bare = next((event for event in events if event.index is None), None)
    if bare is not None:
        raise BadHistoryError(
            f"no :index, while that of line {back.line} goes back: expected one on every event, or in order",
            line=bare.line,
        )
    return sorted(indexed, key=lambda event: cast("int", event.index))


def _notes(ordered: Sequence[Event]) -> list[str]:
    timed = [event for event in ordered if event.time is not None]
    backwards = [(a, b) for a, b in pairwise(timed) if b.time < a.time]  # type: ignore[operator]  # those that have one
    if not backwards:
        return []
    before, event = backwards[0]
    often = f", the first of {len(backwards)} such lines" if len(backwards) > 1 else ""
    said = f"time goes back at line {event.line}, from {before.time} to {event.time}{often}"
    return [f"{said}; the order of the events counts, not their times"]


def _paired(events: Sequence[Event]) -> list[Call]:
    begun: dict[str, tuple[int, Event]] = {}
    calls: list[Call] = []
    for at, event in enumerate(events):
        if event.type == "invoke":
            if event.process in begun:
                earlier = begun[event.process][1]
                raise BadHistoryError(
                    f"process {event.process} invokes {event.function} before its {earlier.function} of line"
                    f" {earlier.line} has ended",
                    line=event.line,
                )
            begun[event.process] = (at, event)
            continue
        if event.process not in begun:
            raise BadHistoryError(f"process {event.process} ends {event.function}, never invoked", line=event.line)
        start, call = begun.pop(event.process)
        _check_end(call, event)
        calls.append(_call(start, call, at, event))
    for start, call in begun.values():
        key = call.key
        calls.append(
            Call(line=call.line, process=call.process, function=call.function, asked=call.value, start=start, key=key)
        )
    calls.sort(key=lambda call: call.start)
    lines = Counter(call.line for call in calls)
    if len(lines) == len(calls):
        return calls
    return [call if lines[call.line] == 1 else replace(call, alone=False) for call in calls]


def _check_end(call: Event, event: Event) -> None:
    if call.function != event.function:
        raise BadHistoryError(
            f"process {event.process} ends {event.function}, but called {call.function}", line=event.line, field="f"
        )
    if event.key is not None and event.key != call.key:
        called = f"key {spelled(call.key)}" if call.key is not None else "no key"
        raise BadHistoryError(
            f"process {event.process} ends {event.function} of key {spelled(event.key)}, but called that of {called}",
            line=event.line,
            field="key",
        )


def _call(start: int, call: Event, at: int, event: Event) -> Call:
    outcome: Outcome = "ok" if event.type == "ok" else "fail" if event.type == "fail" else "info"
    return Call(
        line=call.line,
        end_line=event.line,
        process=call.process,
        function=call.function,
        asked=call.value,
        answer=event.value if outcome == "ok" else None,
        start=start,
        end=None if outcome == "info" else at,
        outcome=outcome,
        key=call.key,
    )
