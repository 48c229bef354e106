"""Weaker histories: with lines left out, operations widened, or answers forgotten. None may show more violations."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from actorproof.harness.history import events as ev

seeds = st.integers(0, 2**32 - 1).map(random.Random)
LEFT_OUT = (
    ev.TurnStarted,
    ev.TurnEnded,
    ev.SaveStarted,
    ev.SaveEnded,
    ev.Activated,
    ev.Deactivated,
    ev.Invoked,
    ev.Completed,
    ev.StoreCommitted,
)
"""Faults and units are left in: a timeline can't be built of their ends alone."""


def thorough(examples: int) -> settings:
    """So many examples, the same ones each time."""
    return settings(max_examples=examples, derandomize=True, database=None)


def leave_out(events: list[ev.Event], choose: Callable[[int], bool]) -> list[ev.Event]:
    """Without the lines whose place is chosen. The last of each process stays: only before it is a gap seen."""
    last = {event.process: at for at, event in enumerate(events)}
    return [e for at, e in enumerate(events) if not (isinstance(e, LEFT_OUT) and at != last[e.process] and choose(at))]


def widened(events: list[ev.Event], seed: random.Random, *, by_s: float = 5.0) -> list[ev.Event]:
    """Operations begin earlier and end later, each by up to `by_s`."""
    moved: list[ev.Event] = []
    for event in events:
        shift_ns = seed.randrange(int(by_s * 1e9))
        match event:
            case ev.Invoked():
                moved.append(msgspec.structs.replace(event, t_ns=event.t_ns - shift_ns))
            case ev.Completed():
                moved.append(msgspec.structs.replace(event, t_ns=event.t_ns + shift_ns))
            case _:
                moved.append(event)
    return _numbered(moved)


def unsure(events: list[ev.Event], seed: random.Random) -> list[ev.Event]:
    """About half of the `ok` answers become `info`."""
    return [
        msgspec.structs.replace(event, outcome="info")
        if isinstance(event, ev.Completed) and event.outcome == "ok" and seed.random() < 0.5
        else event
        for event in events
    ]


def _numbered(events: list[ev.Event]) -> list[ev.Event]:
    numbers: dict[str, int] = defaultdict(int)
    made: list[ev.Event] = []
    for event in sorted(events, key=lambda event: event.t_ns):
        made.append(msgspec.structs.replace(event, seq=numbers[event.process]))
        numbers[event.process] += 1
    return made
