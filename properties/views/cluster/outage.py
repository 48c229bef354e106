"""Outages: when a host's parts were stopped, dead, cut off or just back, as spans of time that can be asked quickly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, reduce

from actorproof.properties.views.records import FAR_FUTURE_NS, Life, host_of
from actorproof.properties.views.timeline import Timeline

REAP_NS = 1_000_000_000
"""A process that was not killed by us ended at most so long before the harness reaped it."""

Spans = Sequence[tuple[int, int]]


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same instants as disjoint spans in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def common(left: Spans, right: Spans) -> list[tuple[int, int]]:
    """The instants that lie in a span of both."""
    both = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return merged((start, end) for start, end in both if start <= end)


def touches(spans: Spans, start_ns: int, end_ns: int) -> bool:
    """Whether any of disjoint, ordered spans has an instant in [start_ns, end_ns]."""
    at = bisect_right(spans, end_ns, key=lambda span: span[0]) - 1
    return at >= 0 and spans[at][1] >= start_ns


def died_by_ns(life: Life) -> int:
    """The earliest instant at which a unit's process may have been gone; FAR_FUTURE_NS while it lives.

    The instant before our own SIGKILL is exact; any other end is known only by its reaping, a little later.
    """
    if life.ended_ns < life.exited_ns or life.exited_ns == FAR_FUTURE_NS:
        return life.ended_ns
    return max(life.started_ns, life.exited_ns - REAP_NS)


class Outages:
    """The outages of one history; every list is made once, when it is first asked for."""

    def __init__(self, timeline: Timeline, *, wake_s: float) -> None:
        self._timeline = timeline
        self._wake_ns = round(wake_s * 1e9)
        self.down = cache(self._down)
        self.severed = cache(self._severed)
        self.wakes = cache(self._wakes)

    def undelivered(self, host: str, start_ns: int, end_ns: int) -> bool:
        """Whether, within [start_ns, end_ns], word from a host's sidecar might not have reached its application.

        Its sidecar or application was stopped or dead, or the link between them, or to placement, was faulted.
        """
        return (
            touches(self.down(f"{host}/sidecar"), start_ns, end_ns)
            or touches(self.down(f"{host}/app"), start_ns, end_ns)
            or touches(self.severed(f"{host}>app"), start_ns, end_ns)
            or touches(self.severed(f"{host}>placement"), start_ns, end_ns)
        )

    def cut_off(self, host: str, t_ns: int) -> bool:
        """Whether a host resumed, or was without placement, at an instant or at most the wake before it."""
        return touches(self.wakes(host), t_ns, t_ns)

    def lost_placement(self, host: str, t_ns: int) -> bool:
        """Whether a host was without placement at an instant or at most the wake before it."""
        return any(start <= t_ns <= end + self._wake_ns for start, end in self._without(host))

    def resumed(self, host: str, t_ns: int) -> list[tuple[int, int]]:
        """The stops of a host's units that ended at an instant or at most the wake before it."""
        return [(start, end) for start, end in self._stops(host) if end <= t_ns <= end + self._wake_ns]

    def _down(self, unit: str) -> list[tuple[int, int]]:
        """When a unit was paused, or dead after its first start."""
        lives = self._timeline.lives_of(unit)
        spans = [span for life in lives for span in life.paused]
        started = [*(life.started_ns for life in lives[1:]), FAR_FUTURE_NS]
        for life, until in zip(lives, started, strict=False):
            if (died := died_by_ns(life)) < until:
                spans.append((died, until))
        return merged(spans)

    def _severed(self, link: str) -> list[tuple[int, int]]:
        """When a fault kept bytes from a link; the link may be named without its end's number."""
        return merged(
            (fault.start.t_ns, fault.healed_ns)
            for fault in self._timeline.faults
            if fault.start.has("severs")
            and any(name == link or name.startswith(f"{link}-") for name in fault.start.links)
        )

    def _wakes(self, host: str) -> list[tuple[int, int]]:
        """When a host was without placement, and for the wake after that and after each resume of its units."""
        back = [end for _, end in self._stops(host)]
        without = self._without(host)
        return merged([(end, end + self._wake_ns) for end in back] + [(a, b + self._wake_ns) for a, b in without])

    def _stops(self, host: str) -> list[tuple[int, int]]:
        """From when until when a host's units were stopped."""
        return [
            span
            for unit in (f"{host}/app", f"{host}/sidecar")
            for life in self._timeline.lives_of(unit)
            for span in life.paused
            if span[1] < FAR_FUTURE_NS
        ]

    def _without(self, host: str) -> list[tuple[int, int]]:
        """When a host was without placement."""
        return [*self._severed(f"{host}>placement"), *self._disconnected(host), *self._placement_down]

    def _disconnected(self, host: str) -> list[tuple[int, int]]:
        """When a sidecar said of itself that it had lost placement, which it had before and since it last started.

        One that does not answer says nothing, and may be busy only: what it had before counts as long as it lives.
        """
        spans: list[tuple[int, int]] = []
        since: int | None = None
        connected = False
        life: Life | None = None
        for seen in self._timeline.sidecars:
            if seen.host != host:
                continue
            lived, life = life, self._timeline.life_at(f"{host}/sidecar", seen.t_ns)
            connected = connected and life is lived
            if since is not None and (seen.placement_connected or not seen.answers or not connected):
                spans.append((since, seen.t_ns))
                since = None
            if seen.answers and seen.placement_connected:
                connected = True
            elif seen.answers and connected and since is None:
                since = seen.t_ns
        if since is not None:
            spans.append((since, FAR_FUTURE_NS))
        return spans

    @property
    def _placement_down(self) -> list[tuple[int, int]]:
        """When no placement replica ran at all."""
        units = [unit for unit in self._timeline.lives_by_unit if host_of(unit).startswith("placement-")]
        if not units:
            return []
        return reduce(common, map(self.down, units))
