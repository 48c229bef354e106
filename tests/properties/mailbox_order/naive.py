"""mailbox-order once more: every call of a caller against every other, straight from the events."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of
from tests.properties.placement.naive import S, calm


def broken(events: Sequence[ev.Event], *, patience_s: float = 1.0) -> set[str]:
    """The operations that have a turn behind one of a later call of their caller."""
    calls = [call for call in of(events, ev.Invoked) if call.action == "call"]
    answers = {answer.op: answer for answer in of(events, ev.Completed)}
    turns = of(events, ev.TurnStarted)
    found: set[str] = set()
    for call in calls:
        answer = answers.get(call.op)
        if answer is None or answer.outcome != "ok" or answer.t_ns - call.t_ns >= patience_s * S:
            continue
        later = {c.op for c in calls if (c.client, c.actor) == (call.client, call.actor) and c.t_ns >= answer.t_ns}
        own = [turn.t_ns for turn in turns if turn.op == call.op and turn.actor == call.actor]
        others = [turn.t_ns for turn in turns if turn.op in later and turn.actor == call.actor]
        if own and others and min(others) < max(own) and calm(events, call.t_ns, max(own)) is not None:
            found.add(call.op)
    return found
