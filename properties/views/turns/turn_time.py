"""TurnTime: where the time of operations and turns went.

An operation's time is split into parts that add up to it: on its way to its turn, waiting while other turns of its
actor ran, in the application's own code, in calls of the turn to the runtime by their kind, and on its way back. A turn
that no operation of ours caused has only the parts in between. Where several calls of a turn were under way at once,
each instant counts for the one that began first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from actorproof.properties.views.records import Operation, Turn
from actorproof.properties.views.timeline import Timeline

Part = Literal["way there", "waiting", "own code", "read", "save", "reminder", "timer", "call to an actor", "way back"]
PARTS: tuple[Part, ...] = (
    "way there",
    "waiting",
    "own code",
    "read",
    "save",
    "reminder",
    "timer",
    "call to an actor",
    "way back",
)
_KINDS: Mapping[str, Part] = {
    "read": "read",
    "register-reminder": "reminder",
    "unregister-reminder": "reminder",
    "register-timer": "timer",
    "unregister-timer": "timer",
}
Span = tuple[int, int, Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTime:
    """Where the time of one turn, and of the operation that it answered, went, in ns by part. No part is negative."""

    turn: Turn
    operation: Operation | None
    parts: Mapping[Part, int]


def turn_times(timeline: Timeline) -> Iterator[TurnTime]:
    """Every turn that ended, in order of its start. An operation counts with the turn that answered it."""
    calls = _actor_calls(timeline)
    for turns in timeline.turns_by_actor.values():
        busy: list[tuple[int, int]] = []
        for turn in turns:
            if turn.end is not None:
                yield _split(timeline, turn, busy, calls.get(turn.id, []))
            _occupy(busy, turn.start_ns, turn.end_ns)


def _split(timeline: Timeline, turn: Turn, busy: list[tuple[int, int]], calls: list[Span]) -> TurnTime:
    assert turn.end is not None
    end_ns = turn.end.t_ns
    parts: dict[Part, int] = dict.fromkeys(PARTS, 0)
    operation = timeline.call_of(turn)
    answered = operation if operation is not None and operation.answering is turn else None
    if answered is not None:
        sent_ns = min(answered.start_ns, turn.start_ns)
        parts["waiting"] = _covered(busy, sent_ns, turn.start_ns)
        parts["way there"] = turn.start_ns - sent_ns - parts["waiting"]
        parts["way back"] = max(0, answered.end_ns - end_ns)
    at_ns = turn.start_ns
    for start_ns, stop_ns, part in sorted([*_own_calls(turn, end_ns), *calls]):
        from_ns, to_ns = max(start_ns, at_ns), min(stop_ns, end_ns)
        if from_ns < to_ns:
            parts["own code"] += from_ns - at_ns
            parts[part] += to_ns - from_ns
            at_ns = to_ns
    parts["own code"] += end_ns - at_ns
    return TurnTime(turn=turn, operation=answered, parts=parts)


def _own_calls(turn: Turn, end_ns: int) -> Iterator[Span]:
    for save in turn.saves:
        yield save.start.t_ns, save.end.t_ns if save.end else end_ns, "save"
    for call in turn.runtime_calls:
        yield call.start.t_ns, call.end.t_ns if call.end else end_ns, _KINDS[call.start.what]


def _actor_calls(timeline: Timeline) -> dict[str, list[Span]]:
    """The calls to actors that turns made, by turn."""
    found: dict[str, list[Span]] = {}
    for operation in timeline.operations:
        if timeline.turn(operation.start.client) is not None:
            span: Span = (operation.start_ns, operation.end_ns, "call to an actor")
            found.setdefault(operation.start.client, []).append(span)
    return found


def _occupy(busy: list[tuple[int, int]], start_ns: int, end_ns: int) -> None:
    """Add a span that begins last to disjoint spans in order."""
    if busy and start_ns <= busy[-1][1]:
        busy[-1] = (busy[-1][0], max(busy[-1][1], end_ns))
    else:
        busy.append((start_ns, end_ns))


def _covered(busy: Sequence[tuple[int, int]], start_ns: int, end_ns: int) -> int:
    """How much of an interval lies in any of disjoint spans in order, none of which begins after it."""
    last = takewhile(lambda span: span[1] > start_ns, reversed(busy))
    return sum(min(to_ns, end_ns) - max(from_ns, start_ns) for from_ns, to_ns in last)
