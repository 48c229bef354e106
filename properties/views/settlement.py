"""Settlement: what the witness adds to the callers' outcomes, and where it is missing, for method calls only."""

from __future__ import annotations

from actorproof.properties.views.timeline import Operation, Timeline


def untouched(timeline: Timeline) -> tuple[Operation, ...]:
    """The `info` calls that did not take effect, since no turn of any host ever carried them.

    Empty unless the run was closed in order with whole logs: until then a queue or a proxy may still hold a call.
    Registrations never settle.
    """
    if not timeline.closed:
        return ()
    return tuple(
        operation
        for operation in timeline.operations
        if operation.start.action == "call" and operation.outcome == "info" and not operation.turns
    )


def contradictions(timeline: Timeline) -> tuple[str, ...]:
    """Operations that failed before a byte was sent and were carried by a turn all the same, one sentence each."""
    return tuple(
        f"operation {operation.id} was refused before its first byte was sent, yet turn {operation.turns[0].id} ran it"
        for operation in timeline.operations
        if operation.outcome == "fail" and operation.turns
    )


def unwitnessed(timeline: Timeline) -> tuple[str, ...]:
    """Journals that are lost as a whole, which leaves no gap in any running number; one sentence each.

    An application opens its journal before it is ready, and starts a turn there before any reply can name it.
    """
    lost = [
        f"the journal of {life.unit}#{life.incarnation} is missing"
        for life in timeline.lives
        if life.unit.endswith("/app")
        and life.ready_ns is not None
        and not timeline.last_event_ns(f"{life.unit}#{life.incarnation}")
    ]
    named = [
        operation.end.turn
        for operation in timeline.operations
        if operation.outcome == "ok"
        and operation.end is not None
        and operation.end.turn is not None
        and timeline.turn(operation.end.turn) is None
    ]
    if named:
        lost.append(f"{len(named)} turns that answered a call stand in no journal, the first is {named[0]}")
    return tuple(lost)
