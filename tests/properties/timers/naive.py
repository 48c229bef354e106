"""Timers decided the slow way: straight from the events, and time by counting hundredths of a second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from actorproof.harness.history import events as ev

STEP_NS = 10_000_000
S = 1_000_000_000


@dataclass(frozen=True)
class Fired:
    """One turn: a callback's when `timer` says so."""

    timer: bool
    process: str
    instance: int
    start: int
    end: int
    completed: bool


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of the check, in nanoseconds."""

    early: int
    budget: int
    on_its_way: int


def ahead(own: list[Fired], due: int, period: int, slack: int) -> set[str]:
    """In which classes callbacks came too early."""
    found: set[str] = set()
    for number, turn in enumerate(own):
        done = sum(t.completed for t in own[:number])
        if turn.start < due + done * period - slack:
            found.add("early")
        elif number and own[number - 1].completed and turn.start < own[number - 1].end + period - slack:
            found.add("next period began early")
    return found


def broken(events: Iterable[ev.Event], limits: Limits) -> set[str]:
    """The classes in which a history of one actor with one timer and no faults is broken."""
    listed = list(events)
    ends = {e.turn: e for e in listed if isinstance(e, ev.TurnEnded)}
    begun = [e for e in listed if isinstance(e, ev.TurnStarted)]
    turns = [
        Fired(e.cause == "timer", e.process, e.instance, e.t_ns, ends[e.turn].t_ns, ends[e.turn].completed)
        for e in begun
    ]
    asked: dict[str, Any] = next(
        msgspec.json.decode(e.args) for e in listed if isinstance(e, ev.Invoked) and e.name == "start"
    )
    home = next(turn for turn, e in zip(turns, begun, strict=True) if e.name == "start")
    stops = [(turn.start, turn.end) for turn, e in zip(turns, begun, strict=True) if e.name == "stop"]
    asked_to_stop = [e.t_ns for e in listed if isinstance(e, ev.Invoked) and e.name == "stop"]
    gone = [e.t_ns for e in listed if isinstance(e, ev.Deactivated) and e.process == home.process and e.instance == 1]
    final = next(e.t_ns for e in listed if isinstance(e, ev.PhaseReached) and e.phase == "final")
    others = [t for t in turns if (t.process, t.instance) != (home.process, home.instance)]
    own = [t for t in turns if t.timer and t not in others]
    strays = [t for t in others if t.timer]
    away = [t.start for t in others]
    busy = [(t.start, t.end) for t in turns if not t.timer]

    def free(from_ns: int, to_ns: int) -> int:
        steps = range(from_ns, to_ns, STEP_NS)
        return STEP_NS * sum(not any(a <= at < b for a, b in busy) for at in steps)

    def deadline(due: int) -> int:
        at, left = due, limits.budget
        while left > 0:
            left -= 0 if any(a <= at < b for a, b in busy) else STEP_NS
            at += STEP_NS
        return at

    due, period = round(asked["due_s"] * S), round((asked["period_s"] or 0) * S)
    ticks = asked["repetitions"] if period else 1
    found = ahead(own, home.start + due, period, limits.early)
    until = min([final, *gone, *away, *asked_to_stop])
    wanted = home.end + due
    for number in range(len(own) + 1):
        if ticks is not None and number >= ticks:
            break
        by = deadline(wanted)
        served = number < len(own) and own[number].start <= by
        if not served and by < until:
            failed = number > 0 and number == len(own) and not own[number - 1].completed
            found.add("removed by a failing callback" if failed else "missed")
        if number < len(own):
            wanted = own[number].end + period
    over = [("fired after unregister", end) for _, end in stops[:1]]
    completed = [t for t in own if t.completed]
    if ticks is not None and len(completed) >= ticks:
        over.append(("beyond its end", completed[ticks - 1].end))
    for anomaly, since in over:
        if any(t.start > since and free(since, t.start) > limits.on_its_way for t in own):
            found.add(anomaly)
    over_ns = min([*gone, *away], default=final)
    if any(free(over_ns, t.start) > limits.on_its_way for t in strays):
        found.add("fired after deactivation")
    return found
