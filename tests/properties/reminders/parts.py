"""Parts of histories: reminders and their ticks."""

from __future__ import annotations

from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

R = "Recorder/a"


def register(
    h: History,
    from_s: float,
    to_s: float | None,
    *,
    due_s: float = 2.0,
    period_s: float | None = None,
    repetitions: int | None = None,
    ttl_s: float | None = None,
    data: Any = None,
    name: str = "tick",
    outcome: ev.Outcome = "ok",
) -> str:
    args = {"due_s": due_s, "period_s": period_s, "repetitions": repetitions, "ttl_s": ttl_s, "data": data}
    return h.operation(R, from_s, to_s, action="register-reminder", name=name, args=args, outcome=outcome)


def unregister(h: History, from_s: float, to_s: float | None, *, name: str = "tick", outcome: ev.Outcome = "ok") -> str:
    return h.operation(R, from_s, to_s, action="unregister-reminder", name=name, outcome=outcome)


def fire(h: History, process: str, at_s: float, *, completed: bool = True, data: Any = None, name: str = "tick") -> str:
    return h.turn(R, process, at_s, at_s + 0.01, cause="reminder", name=name, data=data, completed=completed)
