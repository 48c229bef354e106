"""Queue: the callbacks of the timers that one sidecar has, where it runs them one after the other.

Callbacks of different actors may run at once (Dapr's documentation of actors, "Concurrency of timers and reminders").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from actorproof.properties.views.records import Turn
from actorproof.properties.views.ticks.ticking import gather
from actorproof.properties.views.timeline import Timeline

LONG_NS = 100_000_000
HANDED_NS = 100_000_000
"""The next callback begins so soon after one that took long, if it waited for it."""
MANY = 5
"""So many times is no chance."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The callbacks of the timers that were registered at a host's sidecar, in order of their start."""

    host: str
    callbacks: Sequence[Turn]

    @cached_property
    def one_by_one(self) -> bool:
        """Whether none of them began while another one ran, and many began just after another actor's long one.

        Callbacks of one actor never run at once, since its turns don't: they prove nothing.
        """
        pairs = list(pairwise(self.callbacks))
        handed_on = sum(
            one.actor != two.actor and one.end_ns - one.start_ns >= LONG_NS and two.start_ns <= one.end_ns + HANDED_NS
            for one, two in pairs
        )
        return handed_on >= MANY and all(one.end_ns <= two.start_ns for one, two in pairs)

    def others(self, actor: str, from_ns: int, to_ns: int) -> Sequence[Turn]:
        """Those of other actors that ran in a while."""
        return [
            turn for turn in self.callbacks if turn.actor != actor and turn.start_ns < to_ns and turn.end_ns > from_ns
        ]


def share(turns: Iterable[Turn], from_ns: int, to_ns: int) -> float:
    """The share of a while in which one of some turns ran, of which none ran beside another."""
    ran_ns = sum(min(turn.end_ns, to_ns) - max(turn.start_ns, from_ns) for turn in turns)
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
