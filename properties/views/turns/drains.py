"""Drains: what each new placement table made the hosts wait for, and which turns that waiting gave up on.

A host drains from when it hears of a table: it waits for the calls under way, for the drain time-out in force, and
gives up then on every one that is left, of actors that stay, too (Dapr 1.18.2 cancels them and tries again where the
actor is by then). All bounds are stated here, once:

- a table is seen at most `late_ns` after it changed, or after the last look that found another one, where placement
  did not answer for longer; so no drain begins sooner than that, and none sooner than a host that joined was known;
- calls are let in while it lasts, so a turn that begins until its end is given up on with the rest. One that was on its
  way then begins up to `late_ns` later; it is known by its call, which had been refused before, or was executed again;
- with drain off nobody waits: calls under way are taken back when the table changes, so the drain is over as it begins;
- hosts hear of a table in the course of its dissemination: until that is over, and a drain after it, actors may move.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.join import joins
from actorproof.properties.views.records import FAR_PAST_NS, Turn
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What one new table made the hosts do.

    Attributes:
        table: the first look at it.
        changed_ns: the table did not change sooner.
        begins_ns: no host can have begun to drain sooner.
        gives_up_ns: no host can have given up on a turn sooner.
        joined: the application's incarnation that the table brought in; None when it was no join.
    """

    table: ev.TableObserved
    changed_ns: int
    begins_ns: int
    gives_up_ns: int
    joined: str | None

    @property
    def seen_ns(self) -> int:
        return self.table.t_ns


class Drains:
    """The drains of one history, in order of their tables. Those that the run began with are no change.

    Attributes:
        time_out_ns: the drain time-out in force; 0 when nobody waits.
        off: whether that is so because hosts declare that drain is off.
        late_ns: how late a table is seen, and a turn on its way begins.
    """

    def __init__(self, timeline: Timeline, *, late_ns: int) -> None:
        self._timeline = timeline
        self.late_ns = late_ns
        self.off = timeline.run is not None and not timeline.run.drain_enabled
        self.time_out_ns = round(drain_in_force_s(timeline.run) * NS)
        dissemination_s = timeline.run.dissemination_timeout_s if timeline.run else 0.0
        self._moving_ns = self.time_out_ns + round(dissemination_s * NS)
        self.all: Sequence[Drain] = self._drains()
        self._seen_ns = [drain.seen_ns for drain in self.all]

    def changed(self, from_ns: int, to_ns: int) -> Drain | None:
        """The first table that may have come up within [from_ns, to_ns]: it was seen there, or a little later."""
        at = bisect_left(self._seen_ns, from_ns)
        return self.all[at] if at < len(self.all) and self.all[at].changed_ns <= to_ns else None

    def moving(self, from_ns: int, to_ns: int) -> Drain | None:
        """The first table for which actors may have been about to move within [from_ns, to_ns]."""
        return self.changed(from_ns - self._moving_ns, to_ns)

    def gave_up(self, turn: Turn, before_ns: int) -> list[Drain]:
        """The drains that may have given up on a turn before an instant."""
        late_ns = self.late_ns if self.taken_back(turn, before_ns) else 0
        at = bisect_left(self._seen_ns, turn.start_ns - self.time_out_ns - late_ns)
        return [drain for drain in self.all[at:] if drain.gives_up_ns <= before_ns]

    def cut_short(self, first: Turn, second: Turn) -> Drain | None:
        """The join whose new owner began the second turn before the drain can have given up on the first one."""
        if not self.time_out_ns or first.host == second.host:
            return None
        at = bisect_left(self._seen_ns, first.start_ns - self.time_out_ns)
        found = (
            drain
            for drain in reversed(self.all[at:])
            if drain.joined == second.process and drain.begins_ns <= second.start_ns < drain.gives_up_ns
        )
        return next(found, None)

    def taken_back(self, turn: Turn, before_ns: int) -> bool:
        """Whether there is a sign of that (see `take_backs`)."""
        return any(True for _ in self.take_backs(turn, before_ns))

    def take_backs(self, turn: Turn, before_ns: int) -> Iterator[ev.Completed | ev.TurnStarted]:
        """What shows that the runtime took a turn's call back before an instant: its caller was answered with an error,
        or the call was begun again.

        Or it was on its way then. Word of that travels: an error that comes a little later will do, when the turn
        itself still runs.
        """
        operation = self._timeline.call_of(turn)
        if operation is None:
            return
        end = operation.end
        heard_ns = max(before_ns, min(before_ns + self.late_ns, turn.end_ns))
        if end is not None and end.outcome == "info" and end.status is not None and end.t_ns <= heard_ns:
            yield end
        yield from (again.start for again in operation.turns if turn.start_ns < again.start_ns <= before_ns)

    def _drains(self) -> list[Drain]:
        ready_ns = self._timeline.phases.get("ready", FAR_PAST_NS)
        known = {join.seen_ns: join for join in reversed(joins(self._timeline))}
        found = []
        for before, table in pairwise(table for table in self._timeline.tables if table.leader):
            # Placement begins to count anew when it restarts and when its leader is lost.
            if table.t_ns > ready_ns and _content(before) != _content(table):
                join = known.get(table.t_ns)
                changed_ns = min(table.t_ns - self.late_ns, table.not_before_ns or table.t_ns)
                begins_ns = max(changed_ns, join.not_before_ns) if join else changed_ns
                found.append(
                    Drain(
                        table=table,
                        changed_ns=changed_ns,
                        begins_ns=begins_ns,
                        gives_up_ns=begins_ns + self.time_out_ns,
                        joined=join.process if join else None,
                    )
                )
        return found


def _content(table: ev.TableObserved) -> tuple[str, int, tuple[str, ...]]:
    return table.placement, table.version, tuple(table.hosts)
