"""Abandonment: which turns were given up on while they ran, by whom, and what proves it.

By their caller, by the drain or for want of it, by a host that leaves, by the idle time-out, or by the queue that they
stood in.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from actorproof.properties.views.cluster.outage import Outages
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.departure import Departures
from actorproof.properties.views.turns.drains import Drain, Drains
from actorproof.properties.views.turns.idleness import Idleness


class Abandonment:
    """Answers for the turns of one history, each with the proof of what it says.

    A placement table is seen at most `observed_late_s` after it changed. The runtime's idle clock of a turn starts at
    most `idle_slack_s` before the turn is witnessed.
    """

    def __init__(self, timeline: Timeline, *, observed_late_s: float, idle_slack_s: float = 0.0) -> None:
        self._timeline = timeline
        late_ns = round(observed_late_s * 1e9)
        self.drains = Drains(timeline, late_ns=late_ns)
        self.idleness = Idleness(timeline, self.drains, slack_s=idle_slack_s)
        self.departures = Departures(timeline, late_ns=late_ns)

    def by_caller(self, turn: Turn, before_ns: int) -> bool:
        """Whether a turn's own caller gave up, lost its connection or died before it ended, and before an instant.

        A turn may begin after its caller is gone: the word of that is on its way.
        """
        return self.departures.during(turn, before_ns) is not None

    def by_leaving(self, turn: Turn, before_ns: int) -> bool:
        """Whether the turn's sidecar had been asked to end before an instant.

        Dapr 1.18.2 leaves placement at once then, and its actors begin elsewhere while their turns go on here.
        """
        sidecar = self._timeline.life_at(f"{turn.host}/sidecar", turn.start_ns)
        return sidecar is not None and sidecar.stopping_ns <= before_ns

    def by_drain(self, turn: Turn, before_ns: int) -> bool:
        """Whether, before an instant, a drain gave up on the turn."""
        return not self.drains.off and bool(self.drains.gave_up(turn, before_ns))

    def undrained(self, turn: Turn, before_ns: int, *, moved: bool) -> Drain | None:
        """The table that a turn was not waited for, since drain is off, when another one began at an instant.

        The other one is the actor's on its new host (`moved`), or the runtime had taken the turn's call back by then.
        """
        if not self.drains.off or not (moved or self.drains.taken_back(turn, before_ns)):
            return None
        return next(reversed(self.drains.gave_up(turn, before_ns)), None)

    def by_idleness(self, turn: Turn, before_ns: int) -> bool:
        """Whether an idle time-out ran out over a turn, or as it began or its call came in, before an instant.

        See `idleness`.
        """
        return self.idleness.over(turn, before_ns) is not None or self.idleness.outrun(turn) is not None

    def by_queue(self, first: Turn, second: Turn) -> bool:
        """Whether a caller who left the queue while the first of two turns ran let the second one in."""
        return self.departures.freed(first, second) is not None

    def changed(self, start_ns: int, end_ns: int) -> bool:
        """Whether the table may have changed within [start_ns, end_ns]."""
        return self.drains.changed(start_ns, end_ns) is not None

    def evicted(self, host: str, start_ns: int, end_ns: int) -> bool:
        """Whether a table without a host was seen within [start_ns, end_ns]."""
        return any(
            table.leader and start_ns <= table.t_ns <= end_ns and host not in table.hosts
            for table in self._timeline.tables
        )


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
