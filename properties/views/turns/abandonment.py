"""Abandonment: which turns were given up on while they ran, by whom, and what proves it.

By their caller, by the drain, by a host that leaves, by the idle time-out, or by the queue that they stood in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Set as AbstractSet
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.outage import Outages
from actorproof.properties.views.timeline import Timeline, Turn
from actorproof.properties.views.turns.departure import Departures
from actorproof.properties.views.turns.excuse import possible_end_ns

HONOURED = "drain-honoured"
DRAIN_RATIO = 0.8
DRAIN_FLOOR_S = 2.0


def drain_in_force_s(run: ev.RunStarted | None) -> float:
    """How long the runtime waits for a call under way when its actor moves, in seconds.

    Where the runtime honours it, a time-out that reaches the dissemination time-out is cut to 0.8 of that, 2 s at least
    (Dapr's ClampDrainOngoingCallTimeout). Elsewhere it is what was promised, not what is done.
    """
    if run is None or not run.drain_enabled:
        return 0.0
    if HONOURED not in (run.traits or ()) or run.drain_timeout_s < run.dissemination_timeout_s:
        return run.drain_timeout_s
    return max(DRAIN_RATIO * run.dissemination_timeout_s, DRAIN_FLOOR_S)


class Abandonment:
    """Answers for the turns of one history, each with the proof of what it says.

    A placement table is seen at most `observed_late_s` after it changed. The runtime's idle clock of a turn starts at
    most `idle_slack_s` before the turn is witnessed.
    """

    def __init__(self, timeline: Timeline, *, observed_late_s: float, idle_slack_s: float = 0.0) -> None:
        self._timeline = timeline
        self._wait_ns = round(drain_in_force_s(timeline.run) * 1e9)
        self._late_ns = round(observed_late_s * 1e9)
        self._idle_slack_ns = round(idle_slack_s * 1e9)
        self._departures = Departures(timeline, late_ns=self._late_ns)

    def by_caller(self, turn: Turn, before_ns: int) -> bool:
        """Whether a turn's own caller gave up, lost its connection or died before it ended, and before an instant.

        A turn may begin after its caller is gone: the word of that is on its way.
        """
        return self._departures.during(turn, before_ns) is not None

    def by_leaving(self, turn: Turn, before_ns: int) -> bool:
        """Whether the turn's sidecar had been asked to end before an instant.

        Dapr 1.18.2 leaves placement at once then, and its actors begin elsewhere while their turns go on here.
        """
        sidecar = self._timeline.life_at(f"{turn.host}/sidecar", turn.start_ns)
        return sidecar is not None and sidecar.stopping_ns <= before_ns

    def by_drain(self, turn: Turn, before_ns: int) -> bool:
        """Whether, before an instant, the drain time-out in force passed since the table changed, over the turn.

        A turn may begin after the change was seen: the sidecar drains from when it hears of it, and lets calls in.
        The drain gives up on turns of actors that stay, too: Dapr 1.18.2 cancels every call that is still under way
        when it runs out, and tries again where the actor is then, which may be the same host. A request that is on its
        way then still begins a turn: that is proved by a caller who was refused before.
        """
        late_ns = self._late_ns if self._refused(turn, before_ns) else 0
        at = bisect_left(self._changes_ns, turn.start_ns - self._wait_ns - late_ns)
        return at < len(self._changes_ns) and self._changes_ns[at] + self._wait_ns - self._late_ns <= before_ns

    def _refused(self, turn: Turn, before_ns: int) -> bool:
        """Whether a turn's caller had been answered with an error before an instant."""
        operation = self._timeline.operation(turn.start.op) if turn.start.op else None
        end = operation.end if operation is not None else None
        return end is not None and end.outcome == "info" and end.status is not None and end.t_ns <= before_ns

    def by_idleness(self, turn: Turn, before_ns: int) -> bool:
        """Whether the idle time-out ran out over a turn, counted from its start, before an instant.

        Its instance got a DELETE while it ran, when just that time had passed, and no table changed. Dapr 1.18.2
        cancels a turn then, and lets the next one in.
        """
        if self._timeline.run is None or self.changed(turn.start_ns, before_ns):
            return False
        out_ns = turn.start_ns + round(self._timeline.run.idle_timeout_s * 1e9) - self._idle_slack_ns
        until_ns = min(before_ns, possible_end_ns(self._timeline, turn))
        return any(out_ns <= at_ns <= until_ns for at_ns in self._deleted_ns.get(turn.instance, ()))

    def by_queue(self, first: Turn, second: Turn) -> bool:
        """Whether a caller who left the queue while the first of two turns ran let the second one in."""
        return self._departures.freed(first, second) is not None

    def changed(self, start_ns: int, end_ns: int) -> bool:
        """Whether the table may have changed within [start_ns, end_ns]."""
        at = bisect_left(self._changes_ns, start_ns)
        return at < len(self._changes_ns) and self._changes_ns[at] <= end_ns + self._late_ns

    def evicted(self, host: str, start_ns: int, end_ns: int) -> bool:
        """Whether a table without a host was seen within [start_ns, end_ns]."""
        return any(
            table.leader and start_ns <= table.t_ns <= end_ns and host not in table.hosts
            for table in self._timeline.tables
        )

    @cached_property
    def _changes_ns(self) -> list[int]:
        """When each version of the table was first seen, but for those that the run began with."""
        seen: dict[int, int] = {}
        for table in self._timeline.tables:
            if table.leader:
                seen.setdefault(table.version, table.t_ns)
        ready_ns = self._timeline.phases.get("ready", 0)
        return sorted(t_ns for t_ns in list(seen.values())[1:] if t_ns > ready_ns)

    @cached_property
    def _deleted_ns(self) -> dict[tuple[str, str, int], list[int]]:
        found: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for event in self._timeline.deactivations:
            found[event.process, event.actor, event.instance].append(event.t_ns)
        return found


def was_cut_off(outages: Outages, abandonment: Abandonment, hosts: AbstractSet[str], at_ns: int) -> bool:
    """Whether one of the hosts of two uses of an actor had just been cut off from the others.

    It had lost placement, or it had been stopped while the table changed: then the actor went on elsewhere, or a table
    came up in which its host was missing.
    """
    if any(outages.lost_placement(host, at_ns) for host in hosts):
        return True
    for host in hosts:
        for since_ns, _ in outages.resumed(host, at_ns):
            moved = len(hosts) > 1 and abandonment.changed(since_ns, at_ns)
            if moved or abandonment.evicted(host, since_ns, at_ns):
                return True
    return False
