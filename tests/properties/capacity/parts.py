"""Parts of histories: an actor that is filled with a value, put away and read again. The idle time-out is 20 s."""

from __future__ import annotations

from typing import Any

from tests.properties.builder import History

A = "Register/c1"
IDLE_S = 20.0


def write(
    h: History, app: str, at_s: float, value: str, *, actor: str = A, ok: bool = True, stage: int = 0, instance: int = 1
) -> None:
    """A filler's write; one that is not ok has no turn."""
    client = f"filler-write-{stage}-0"
    if not ok:
        args = {"value": value}
        h.operation(actor, at_s, at_s + 0.1, name="write", args=args, client=client, outcome="info", reason="deadline")
        return
    turn = h.new_id("turn")
    op = h.operation(actor, at_s, at_s + 0.1, name="write", args={"value": value}, client=client, turn=turn)
    h.turn(actor, app, at_s + 0.02, at_s + 0.08, op=op, name="write", turn=turn, instance=instance)


def read(h: History, app: str, at_s: float, value: Any, *, actor: str = A, instance: int = 2) -> None:
    """A filler's read of a value."""
    turn = h.new_id("turn")
    client = "filler-read-0-0"
    op = h.operation(actor, at_s, at_s + 0.1, name="read", client=client, turn=turn, result=value)
    h.turn(actor, app, at_s + 0.02, at_s + 0.08, op=op, name="read", turn=turn, instance=instance)
