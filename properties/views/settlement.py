"""Settlement: what the witness adds to the callers' outcomes, for method calls only."""

from __future__ import annotations

from actorproof.properties.views.records import Operation
from actorproof.properties.views.timeline import Timeline


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
