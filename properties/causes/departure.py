"""Departure: a caller that went away, by its own word or since the sidecar that it had asked died."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.timeline import Operation, Timeline, ref
from actorproof.properties.views.turns.abandonment import GAVE_UP

LEFT_NS = 1_000_000_000
"""A caller that leaves the queue lets the next one in at once: within this, a busy machine allowed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """When and why the caller of an operation went away; `host` is where it had asked."""

    operation: Operation
    t_ns: int
    why: str
    host: str
    events: tuple[EventRef, ...]


class Departures:
    """The departures of one history."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def of(self, operation: Operation) -> Departure | None:
        """When an operation's caller was gone for the runtime; None when it held out to the end."""
        end = operation.end
        if end is None or end.outcome == "ok":
            return None
        died_ns = self._died_ns(operation)
        if died_ns is not None:
            why, t_ns = "its sidecar died", died_ns
        elif end.reason.partition(":")[0] in GAVE_UP:
            why, t_ns = end.reason, end.t_ns
        else:
            return None
        events = (ref(end, "its caller is gone"),)
        return Departure(operation=operation, t_ns=t_ns, why=why, host=operation.start.via, events=events)

    def from_queue(self, actor: str, from_ns: int, to_ns: int) -> Iterator[Departure]:
        """Callers of an actor that left between `from_ns` and `to_ns`, at most `LEFT_NS` before `to_ns`, unserved."""
        departures = self._by_actor.get(actor, [])
        at = bisect_left(departures, max(from_ns, to_ns - LEFT_NS), key=lambda departure: departure.t_ns)
        for departure in departures[at : bisect_right(departures, to_ns, key=lambda departure: departure.t_ns)]:
            if not any(turn.start_ns <= departure.t_ns for turn in departure.operation.turns):
                yield departure

    @cached_property
    def _by_actor(self) -> dict[str, list[Departure]]:
        found: dict[str, list[Departure]] = defaultdict(list)
        for operation in self._timeline.operations:
            departure = self.of(operation) if operation.start.action == "call" else None
            if departure is not None:
                found[operation.start.actor].append(departure)
        for departures in found.values():
            departures.sort(key=lambda departure: departure.t_ns)
        return dict(found)

    def _died_ns(self, operation: Operation) -> int | None:
        """When the sidecar that was asked died in the course of the call."""
        for life in self._timeline.lives_by_unit.get(f"{operation.start.via}/sidecar", []):
            died_ns = life.ended_ns
            if operation.start_ns <= died_ns <= operation.end_ns and life.started_ns <= operation.start_ns:
                return died_ns
        return None
