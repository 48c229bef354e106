"""Parts of histories: a slow turn, and a call of another actor beside it."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from tests.properties.builder import History

SLOW = "Sleeper/slow"
OTHER = "Counter/other"


def slow(h: History, app: str, from_s: float, to_s: float, *, actor: str = SLOW) -> None:
    """A call and its long turn."""
    op = h.operation(actor, from_s - 0.01, to_s + 0.01, name="hold")
    h.turn(actor, app, from_s, to_s, op=op, name="hold")


def call(h: History, app: str, sent_s: float, from_s: float, *, actor: str = OTHER, outcome: ev.Outcome = "ok") -> str:
    """A call and its turn of 20 ms; the id of the turn."""
    op = h.operation(actor, sent_s, from_s + 0.03, outcome=outcome)
    return h.turn(actor, app, from_s, from_s + 0.02, op=op)
