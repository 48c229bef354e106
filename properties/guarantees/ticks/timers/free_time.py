"""FreeTime: the time outside some spans, such as the turns that others had to wait for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from operator import sub

from actorproof.properties.views.cluster.outage import merged


class FreeTime:
    """All instants but those within some spans (start and end, in any order; they may overlap)."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        busy = merged(spans)
        self._starts = [start for start, _ in busy]
        self._busy = [0, *accumulate(end - start for start, end in busy)]  # before each span, and in all
        self._free = list(map(sub, self._starts, self._busy))  # before each span

    def between(self, start_ns: int, end_ns: int) -> int:
        """How much of [start_ns, end_ns] was free; not above zero if it ends before it starts."""
        return self._free_before(end_ns) - self._free_before(start_ns)

    def after(self, start_ns: int, needed_ns: int) -> int:
        """The first instant by which `needed_ns` were free since `start_ns`."""
        free_ns = self._free_before(start_ns) + needed_ns
        return free_ns + self._busy[bisect_left(self._free, free_ns)]

    def _free_before(self, t_ns: int) -> int:
        """Counted from the zero of time."""
        at = bisect_right(self._starts, t_ns)
        return max(t_ns - self._busy[at], self._free[at - 1]) if at else t_ns
