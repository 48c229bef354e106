"""OwnCalls: what a turn asked the runtime for, when each answer came, and how long its own code took beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.outage import merged
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """A turn's request to the runtime: a save, a read, a reminder, a timer or a call to an actor.

    `end` is None when no answer was written. `served_ns` is when the runtime began to do what was asked, where another
    turn shows that: for a call to an actor; else its end.
    """

    what: str
    start: ev.Event
    end: ev.Event | None
    served_ns: int

    @property
    def start_ns(self) -> int:
        return self.start.t_ns


class OwnCalls:
    """Answers for one history."""

    def __init__(self, timeline: Timeline) -> None:
        self._to_actors: dict[str, list[OwnCall]] = defaultdict(list)
        for operation in timeline.operations:
            if timeline.turn(operation.start.client) is None:
                continue
            served_ns = min((turn.start_ns for turn in operation.turns), default=operation.end_ns)
            call = OwnCall(what="call to an actor", start=operation.start, end=operation.end, served_ns=served_ns)
            self._to_actors[operation.start.client].append(call)

    def of(self, turn: Turn) -> list[OwnCall]:
        """What a turn asked for, in order."""
        found = [
            OwnCall(what="save", start=save.start, end=save.end, served_ns=_end_ns(save.end)) for save in turn.saves
        ]
        found += [
            OwnCall(what=call.start.what, start=call.start, end=call.end, served_ns=_end_ns(call.end))
            for call in turn.runtime_calls
        ]
        return sorted((*found, *self._to_actors.get(turn.id, ())), key=lambda call: call.start_ns)

    def own_code_ns(self, turn: Turn, from_ns: int, to_ns: int) -> int:
        """How much of [from_ns, to_ns], within the turn, none of its requests was under way."""
        from_ns, to_ns = max(from_ns, turn.start_ns), min(to_ns, turn.end_ns)
        spans = ((max(call.start_ns, from_ns), min(_end_ns(call.end), to_ns)) for call in self.of(turn))
        return max(0, to_ns - from_ns) - sum(b - a for a, b in merged((a, b) for a, b in spans if a < b))


def _end_ns(end: ev.Event | None) -> int:
    return FAR_FUTURE_NS if end is None else end.t_ns
