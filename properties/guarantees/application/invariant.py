"""Invariant: an answer that breaks what the user says of every answer of its method."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.timeline import Timeline


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    for event in timeline.invariants:
        operation = timeline.operation(event.op)
        if operation is None or operation.end is None:
            continue
        name = operation.start.name
        yield Seen(
            actor=operation.start.actor,
            what=f"{name} answered {operation.end.result[:80]}, which breaks its invariant ({event.reason[:80]})",
            events=((operation.start, f"call of {name}"), (operation.end, "the answer"), (event, event.reason[:80])),
        )


MISTAKE = Mistake(
    name="breaks its invariant",
    remedy="see which turns of the actor wrote what it was answered from",
    find=_find,
    in_gaps=True,
)
