"""Waiting: which calls of a history waited behind the turn of another call of their actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from actorproof.harness.history import events as ev


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When a call was made, and when the first turn that carried it began and ended."""

    op: str
    actor: str
    invoked_ns: int
    began_ns: int
    ended_ns: float

    def waited_behind(self, other: Self | None) -> bool:
        """Whether the other one's turn held the actor when this one's caller wanted it."""
        return (
            other is not None
            and other.op != self.op
            and other.actor == self.actor
            and other.began_ns < self.began_ns
            and other.ended_ns > self.invoked_ns
        )


def runs_of(events: Sequence[ev.Event]) -> Mapping[str, Run]:
    """The calls that were run, by their operation. A turn that never ended counts as going on for ever."""
    invoked = {event.op: event for event in events if isinstance(event, ev.Invoked) and event.action == "call"}
    ended = {event.turn: event.t_ns for event in events if isinstance(event, ev.TurnEnded)}
    found: dict[str, Run] = {}
    for event in events:
        if isinstance(event, ev.TurnStarted) and event.op in invoked and event.op not in found:
            found[event.op] = Run(
                op=event.op,
                actor=event.actor,
                invoked_ns=invoked[event.op].t_ns,
                began_ns=event.t_ns,
                ended_ns=ended.get(event.turn, float("inf")),
            )
    return found


def waited_behind(events: Sequence[ev.Event], ops: frozenset[str]) -> frozenset[str]:
    """The operations whose turns some of `ops` waited behind."""
    runs = runs_of(events)
    waiting = [runs[op] for op in ops if op in runs]
    return frozenset(other.op for other in runs.values() if any(each.waited_behind(other) for each in waiting))
