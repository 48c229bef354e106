"""Slots: whether a host had room for one more call, where a runtime says how many one works on at once.

A call that waits for another turn of its actor takes a slot too, as one does whose caller has given up. On which host
a call takes one is not known before it has begun, so all calls under way count, wherever they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from actorproof.properties.views.records import FAR_FUTURE_NS, Operation
from actorproof.properties.views.timeline import Timeline


class Slots:
    """Answers for one history."""

    def __init__(self, timeline: Timeline) -> None:
        self._limit = timeline.run.slots if timeline.run is not None else None
        calls = timeline.operations if self._limit is not None else ()
        self._starts = sorted(each.start_ns for each in calls)
        self._ends = sorted(_over_ns(each) for each in calls)

    def full(self, from_ns: int, to_ns: int) -> bool:
        """Whether so many calls as a host has slots for were under way at some instant, beside the one that asks."""
        if self._limit is None:
            return False
        first, last = bisect_right(self._starts, from_ns), bisect_right(self._starts, to_ns)
        instants = (from_ns, *self._starts[first:last])
        return any(self._under_way(at_ns) - 1 >= self._limit for at_ns in instants)

    def _under_way(self, at_ns: int) -> int:
        return bisect_right(self._starts, at_ns) - bisect_left(self._ends, at_ns)


def _over_ns(call: Operation) -> int:
    """When a call was over: what nobody answered may be under way for ever."""
    answered = call.end is not None and call.end.status is not None
    return call.end_ns if answered or call.outcome != "info" else FAR_FUTURE_NS
