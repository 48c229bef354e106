"""FreeTime: the time in which none of some turns ran, so that nothing had to wait for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from actorproof.properties.outage import merged
from actorproof.properties.timeline import Turn


class FreeTime:
    """All instants but those of some turns."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._busy = merged((turn.start_ns, turn.end_ns) for turn in turns)
        self._starts = [start for start, _ in self._busy]

    def between(self, start_ns: int, end_ns: int) -> int:
        """How much of [start_ns, end_ns] was free."""
        at = max(0, bisect_right(self._starts, start_ns) - 1)
        free_ns = max(0, end_ns - start_ns)
        for begun_ns, ended_ns in self._busy[at:]:
            if begun_ns >= end_ns:
                break
            free_ns -= max(0, min(ended_ns, end_ns) - max(begun_ns, start_ns))
        return free_ns

    def after(self, start_ns: int, needed_ns: int) -> int:
        """The first instant by which `needed_ns` were free since `start_ns`."""
        at = max(0, bisect_right(self._starts, start_ns) - 1)
        now_ns = start_ns
        for begun_ns, ended_ns in self._busy[at:]:
            if ended_ns <= now_ns:
                continue
            if begun_ns - now_ns >= needed_ns:
                break
            needed_ns -= max(0, begun_ns - now_ns)
            now_ns = ended_ns
        return now_ns + needed_ns
