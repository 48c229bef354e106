"""Drained: the links to a second turn that a change of the table let in while the first one ran.

- ``drain gave up``: the table changed while the first one was open, or just before, and the drain time-out in force
  passed before the second one began; the table of the start is no change. Behind it stand ``runtime call blocked`` (a
  turn of that host had a save or another call to the runtime under way while it lasted) and what changed the table;
- ``drain cut short``: the second one began, at the new owner, before that time-out had passed;
- ``drain off``: hosts declare no drain, the table changed while the first one was open, and the second one began on
  another host, or the first one's call had been answered with an error or begun again.

Sources: Dapr's documentation of the drain, and what was measured of it on 1.18.2.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.causes.link import Link, of_fault, seconds
from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.cluster.outage import Outages, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Turn, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.drains import Drain

NS = 1_000_000_000
LATE_S = 1.0
"""A table is seen at most so long after it changed."""
LATE_NS = round(LATE_S * NS)
SEEN_LATE_NS = NS // 10
"""A table that is seen so much later than it changed is told of."""
HELD_UP_NS = NS
"""One that came back only when the drain had run out was held up by it when it took so long, on a busy machine too."""
BLOCKED_SHARE = 0.5
"""A call to the runtime that was under way for this share of a drain kept the drain from ending."""
CHANGE_NS = 12 * NS
"""A table changes at most so long after what made it: a lease or a lost stream, and the dissemination time-out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn asked the runtime for, and the answer's event, None where there was none."""

    what: str
    id: str
    turn: str
    start: ev.Event
    end: ev.Event | None

    @property
    def end_ns(self) -> int:
        return FAR_FUTURE_NS if self.end is None else self.end.t_ns


class Drained:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, abandonment: Abandonment, outages: Outages) -> None:
        self._timeline = timeline
        self._abandonment = abandonment
        self._outages = outages
        self._drains = abandonment.drains
        self._drain_ns = self._drains.time_out_ns

    def links(self, first: Turn, second: Turn) -> Iterator[Link]:
        """What led to the second turn where the drain that the first one met gave up, or was cut short."""
        drain = self._met(first, second)
        if drain is None:
            return
        yield from self._changed_by(drain)
        yield changed(drain)
        if second.start_ns < drain.gives_up_ns:
            yield Link(
                kind="drain cut short",
                anchor=f"table {drain.table.version} {first.host}",
                said=f"turn {second.id} began at most {seconds(second.start_ns - drain.begins_ns)} after the change,"
                f" and did not wait for the drain of {seconds(self._drain_ns)}",
                at_ns=second.start_ns,
                events=(ref(first.start, "turn begins"), ref(second.start, "the new owner begins")),
            )
            return
        yield from self._blocked(first, drain)
        # A table is seen some time after it changed: at the latest the second turn says that the drain was over.
        over_ns = max(min(drain.seen_ns + self._drain_ns, second.start_ns), first.start_ns)
        since_ns = over_ns - drain.seen_ns
        late = f" (the table had changed {seconds(self._drain_ns - since_ns)} before it was seen)"
        yield Link(
            kind="drain gave up",
            anchor=f"table {drain.table.version} {first.host}",
            said=f"the drain of {seconds(self._drain_ns)} ran out on turn {first.id}"
            + (late if self._drain_ns - since_ns >= SEEN_LATE_NS else ""),
            at_ns=over_ns,
            events=(ref(first.start, "turn begins"),),
        )

    def undrained(self, first: Turn, second: Turn) -> Iterator[Link]:
        """What led to the second turn where nothing waited for the first one."""
        drain = self._abandonment.undrained(first, second.start_ns, moved=first.host != second.host)
        if drain is None:
            return
        yield from self._changed_by(drain)
        yield changed(drain)
        yield Link(
            kind="drain off",
            anchor=f"table {drain.table.version} {first.host}",
            said=f"drainRebalancedActors is off: nothing waited for turn {first.id}",
            at_ns=drain.seen_ns,
            events=(ref(first.start, "turn begins"),),
        )

    def waited(self, turn: Turn, again: Turn) -> Iterator[Link]:
        """What led to a turn whose own call to the runtime was held up until a drain gave up on it; else nothing."""
        drain = self._met(turn, again)
        if drain is not None and turn.end_ns >= drain.gives_up_ns and self._waits(turn, drain):
            yield from self.links(turn, again)

    def _met(self, first: Turn, second: Turn) -> Drain | None:
        """The drain that the first turn met, and that let the second one in: the latest one before it.

        A join had nothing to wait for where the first turn's host had lost placement, or where the drain of a table
        before it had given up on that turn already.
        """
        gave_up = self._drains.gave_up(first, second.start_ns) if self._drain_ns else []
        cut = self._drains.cut_short(first, second)
        lost = touches(self._outages.wakes(first.host), second.start_ns, second.start_ns)
        if cut is not None and not lost and not any(self._waits(first, drain) for drain in gave_up):
            return cut
        return gave_up[-1] if gave_up else None

    def _waits(self, turn: Turn, drain: Drain) -> bool:
        """Whether a drain held up what a turn itself had asked the runtime for, and so waited for itself."""
        return any(each.turn == turn.id for each in self._held_up_on(turn.host, drain))

    def _blocked(self, first: Turn, drain: Drain) -> Iterator[Link]:
        """A call to the runtime that was under way while the drain went on, of this turn or of another on its host."""
        held_up = self._held_up_on(first.host, drain)
        if not held_up:
            return
        asked = min(held_up, key=lambda each: each.turn != first.id)
        length = (
            "no answer" if asked.end is None else f"its answer only {seconds(asked.end_ns - asked.start.t_ns)} later"
        )
        events: tuple[EventRef, ...] = (ref(asked.start, f"{asked.what} is sent"),)
        if asked.end is not None:
            events += (ref(asked.end, f"{asked.what} comes back"),)
        yield Link(
            kind="runtime call blocked",
            anchor=asked.id,
            said=f"turn {asked.turn} asked for {asked.what} {asked.id} and got {length}: that waits for the table, and"
            " the drain waits for the turn",
            at_ns=asked.start.t_ns,
            events=events,
        )

    def _held_up_on(self, host: str, drain: Drain) -> list[Asked]:
        """What a host's turns asked the runtime for and that a drain held up."""
        asked = self._asked_on(host, drain.begins_ns, drain.seen_ns + self._drain_ns)
        return [each for each in asked if self._held_up(each, drain)]

    def _held_up(self, asked: Asked, drain: Drain) -> bool:
        from_ns = max(asked.start.t_ns, drain.begins_ns)
        over_ns = drain.seen_ns + self._drain_ns
        least_ns = BLOCKED_SHARE * self._drain_ns
        if drain.gives_up_ns <= asked.end_ns <= over_ns + LATE_NS:
            least_ns = min(least_ns, HELD_UP_NS)
        return min(asked.end_ns, over_ns + LATE_NS) - from_ns >= least_ns

    def _asked_on(self, host: str, from_ns: int, to_ns: int) -> list[Asked]:
        """What a host's turns asked the runtime for in [from_ns, to_ns], or at most one drain before."""
        asked = self._asked_by_host.get(host, [])
        at = bisect_left(asked, from_ns - self._drain_ns, key=lambda each: each.start.t_ns)
        return asked[at : bisect_right(asked, to_ns, key=lambda each: each.start.t_ns)]

    def _changed_by(self, drain: Drain) -> Iterator[Link]:
        """The latest fault, before a change of the table, that can have made it."""
        struck = [
            fault
            for fault in self._timeline.faults
            if fault.took is not None and fault.start.t_ns <= drain.seen_ns and self._works(fault, drain.seen_ns)
        ]
        if struck:
            yield of_fault(struck[-1])

    def _works(self, fault: FaultSpan, t_ns: int) -> bool:
        return t_ns <= fault.start.t_ns + CHANGE_NS or fault.healed_ns <= t_ns <= fault.healed_ns + CHANGE_NS

    @cached_property
    def _asked_by_host(self) -> dict[str, list[Asked]]:
        """Saves and other calls to the runtime, by host, in order of their start."""
        found: dict[str, list[Asked]] = defaultdict(list)
        for turn in self._timeline.turns:
            for save in turn.saves:
                found[turn.host].append(Asked("save", save.id, turn.id, save.start, save.end))
            for call in turn.runtime_calls:
                found[turn.host].append(Asked(call.start.what, call.start.call, turn.id, call.start, call.end))
        for asked in found.values():
            asked.sort(key=lambda each: each.start.t_ns)
        return dict(found)


def changed(drain: Drain) -> Link:
    """That a new table came up."""
    return Link(
        kind="table changed",
        anchor=f"table {drain.table.version}",
        said=f"placement table {drain.table.version} came up",
        at_ns=drain.seen_ns,
        events=(ref(drain.table, f"table {drain.table.version}"),),
    )
