"""Queue: the callbacks of the timers that one sidecar has, where it runs them one after the other.

Callbacks of different actors may run at once (Dapr's documentation of actors, "Concurrency of timers and reminders").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from actorproof.properties.views.ticks.ticking import gather
from actorproof.properties.views.timeline import Timeline, Turn

LONG_NS = 100_000_000
MANY = 5
"""So many callbacks that take long, and in none of which another one begins, are no chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The callbacks of the timers that were registered at a host's sidecar, in order of their start."""

    host: str
    callbacks: Sequence[Turn]

    @property
    def one_by_one(self) -> bool:
        """Whether none of them began while another one ran, though many took long."""
        long = sum(turn.end_ns - turn.start_ns >= LONG_NS for turn in self.callbacks)
        return long >= MANY and all(one.end_ns <= two.start_ns for one, two in pairwise(self.callbacks))

    def busy(self, from_ns: int, to_ns: int) -> float:
        """The share of a while in which one of them ran, where they run one by one."""
        ran_ns = sum(
            max(min(turn.end_ns, to_ns) - max(turn.start_ns, from_ns), 0)
            for turn in self.callbacks
            if turn.start_ns < to_ns and turn.end_ns > from_ns
        )
        return ran_ns / max(to_ns - from_ns, 1)


def queues(timeline: Timeline) -> dict[str, Queue]:
    """The queue of each host at which timers were registered and fired."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for timer in gather(timeline)[0]:
        if timer.registered is not None:
            found[timer.registered.host] += timer.firings
    return {
        host: Queue(host=host, callbacks=sorted(callbacks, key=lambda turn: turn.start_ns))
        for host, callbacks in found.items()
    }
