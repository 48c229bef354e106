"""Parts of histories: timers and their ticks."""

from __future__ import annotations

from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

T = "Ticker/a"


def register(
    h: History,
    process: str,
    at_s: float,
    *,
    due_s: float = 1.0,
    period_s: float | None = None,
    repetitions: int | None = None,
    ttl_s: float | None = None,
    data: Any = None,
    name: str = "t",
    instance: int = 1,
    completed: bool = True,
    outcome: ev.Outcome = "ok",
) -> str:
    """A call of 0.1 s that registers a timer in its turn; its operation."""
    args = {
        "name": name,
        "due_s": due_s,
        "period_s": period_s,
        "repetitions": repetitions,
        "ttl_s": ttl_s,
        "callback": "tick",
        "data": data,
    }
    op = h.operation(T, at_s, at_s + 0.1, name="start", args=args, outcome=outcome)
    h.turn(T, process, at_s + 0.01, at_s + 0.09, op=op, name="start", instance=instance, completed=completed)
    return op


def unregister(h: History, process: str, at_s: float, *, name: str = "t", instance: int = 1) -> str:
    """A call of 0.1 s that unregisters a timer in its turn; its operation."""
    op = h.operation(T, at_s, at_s + 0.1, name="stop", args={"name": name})
    h.turn(T, process, at_s + 0.01, at_s + 0.09, op=op, name="stop", instance=instance)
    return op


def fire(
    h: History,
    process: str,
    at_s: float,
    *,
    for_s: float = 0.01,
    completed: bool = True,
    data: Any = None,
    callback: str = "tick",
    name: str = "t",
    instance: int = 1,
) -> str:
    """One callback."""
    return h.turn(
        T,
        process,
        at_s,
        at_s + for_s,
        cause="timer",
        name=name,
        data=data,
        callback=callback,
        completed=completed,
        instance=instance,
    )
