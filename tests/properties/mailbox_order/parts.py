"""Parts of histories: calls in a queue."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from tests.properties.builder import History

A = "Counter/a"
ANN = "client-ann"


def call(h: History, app: str, from_s: float, to_s: float, *, client: str = ANN, outcome: ev.Outcome = "ok") -> str:
    """A caller's call and its turn, which lies inside; its id."""
    op = h.operation(A, from_s, to_s, client=client, outcome=outcome)
    h.turn(A, app, from_s + 0.01, to_s - 0.01, op=op)
    return op
