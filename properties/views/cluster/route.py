"""Route: what else happened to the hosts that a call went through, while it was under way over a join."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Set as AbstractSet

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.join import Join
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn, host_of
from actorproof.properties.views.timeline import Timeline


class Route:
    """Asks a timeline what disturbed calls.

    Attributes:
        dissemination_ns: how late a new table may reach a sidecar, after the change that it shows.
        drain_ns: how long a sidecar may drain.
        wake_ns: how long after its heal a fault may still disturb.
    """

    def __init__(self, timeline: Timeline, *, dissemination_ns: int, drain_ns: int, wake_ns: int) -> None:
        self.dissemination_ns = dissemination_ns
        self.drain_ns = drain_ns
        self.wake_ns = wake_ns
        self._timeline = timeline
        self._deactivated: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for event in timeline.deactivations:
            self._deactivated[event.process, event.actor, event.instance].append(event.t_ns)
        # When a host's process came, or went, or was told to: it leaves the table then, and exits later.
        self._changes = sorted(
            (t_ns, life.unit, life.incarnation if t_ns == life.started_ns else 0)
            for life in timeline.lives
            if ev.half(life.unit)
            for t_ns in (life.started_ns, min(life.stopping_ns, life.exited_ns))
            if t_ns != FAR_FUTURE_NS
        )
        self._crashes = [life.exited_ns for life in timeline.lives if not life.expected]
        self._down: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for seen in timeline.sidecars:
            spans = self._down[seen.host]
            if spans and spans[-1][1] == FAR_FUTURE_NS:
                spans[-1] = (spans[-1][0], seen.t_ns)
            if not (seen.answers and seen.placement_connected):
                spans.append((seen.t_ns, FAR_FUTURE_NS))

    def deactivated(self, turn: Turn) -> list[int]:
        """When the turn's instance was told to end."""
        return self._deactivated.get(turn.instance, [])

    def settled(self, join: Join, start_ns: int) -> bool:
        """Whether no change of the table before the join can have a sidecar drain after `start_ns`.

        A drain begins at most the dissemination time-out after its change, and lasts at most the drain time-out. That
        of a join is over once the sidecar that joined is ready: placement unlocks the table, that one's too, when all
        have drained (measured on 1.18.2).
        """
        after = bisect_right(self._changes, (start_ns - self.dissemination_ns - self.drain_ns, "", 0))
        upto = bisect_right(self._changes, (join.not_before_ns, "", 0))
        return all(
            (incarnation > 0 and self._ready(host_of(unit), t_ns, start_ns))
            or (host_of(unit) == join.host and self._lives_on(unit, incarnation, join.not_before_ns))
            for t_ns, unit, incarnation in self._changes[after:upto]
        )

    def _ready(self, host: str, since_ns: int, by_ns: int) -> bool:
        """Whether a host's sidecar became ready in a span."""
        return any(
            life.ready_ns is not None and since_ns <= life.ready_ns <= by_ns
            for life in self._timeline.lives_of(f"{host}/sidecar")
        )

    def _lives_on(self, unit: str, incarnation: int, t_ns: int) -> bool:
        return any(
            life.incarnation == incarnation and life.exited_ns > t_ns for life in self._timeline.lives_by_unit[unit]
        )

    def clear(self, join: Join, hosts: AbstractSet[str], start_ns: int, end_ns: int) -> bool:
        """Whether hosts, their sidecars' placement streams and all that lies between them were undisturbed.

        A stream that is lost later than the dissemination time-out after the join is none: the drain itself may have
        outlived that, which is to be judged.
        """
        return (
            not any(start_ns - self.wake_ns <= t_ns <= end_ns for t_ns in self._crashes)
            and not self._faulted(hosts, start_ns, end_ns)
            and not self._stopped(hosts | {join.host}, start_ns, end_ns)
            and not any(
                a <= end_ns and start_ns <= b and a < join.not_before_ns + self.dissemination_ns
                for host in hosts
                for a, b in self._down.get(host, ())
            )
        )

    def _faulted(self, hosts: AbstractSet[str], start_ns: int, end_ns: int) -> bool:
        for fault in self._timeline.faults:
            if fault.start.t_ns > end_ns or fault.healed_ns + self.wake_ns < start_ns:
                continue
            units = fault.start.units
            if not fault.start.has("calm") or fault.start.links:
                return True
            if any("/" not in unit or host_of(unit) in hosts for unit in units):
                return True
        return False

    def _stopped(self, hosts: AbstractSet[str], start_ns: int, end_ns: int) -> bool:
        return any(
            start_ns <= life.ended_ns <= end_ns or life.stopped_during(start_ns, end_ns)
            for host in hosts
            for unit in (f"{host}/app", f"{host}/sidecar")
            for life in self._timeline.lives_of(unit)
        )
