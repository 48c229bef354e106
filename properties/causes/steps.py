"""Steps: finds the links that lead to an overlap, each by its own proof, and says nothing where there is none.

Two turns of one actor ran at the same time. Something let the second one in while the first one still ran:

- ``drain gave up``, ``drain cut short``, ``drain off``: the table changed (see `drained`);
- ``idle time-out``: the idle time-out passed over the first one, counted from its start, and its instance was told to
  end before the second one began, with no change of the table;
- ``idle time-out before``: likewise, and it was that of the actor's use before, which ran out as the first one came in
  or while its call was still on its way to the application;
- ``caller gave up``: the first one's own caller was gone, or the sidecar that it asked, before the second one began;
  or it was of a reminder that was taken back;
- ``call broken off``: the link from the first one's sidecar to its application was faulted, and its call had been
  answered with an error or begun again since then, before the second one began;
- ``queued caller left``: another caller that still waited for the actor went away just before the second one began, or
  a reminder that waited for it was taken back;
- ``host stopped``, ``sidecar gone``, ``host leaving``, ``placement lost``: what became of the first one's host.

Sources: Dapr's documentation of the drain and the idle time-out, and what was measured of both on 1.18.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.properties.causes.drained import LATE_NS, LATE_S, Drained
from actorproof.properties.causes.link import Link, of_fault, seconds
from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.cluster.outage import Outages, touches
from actorproof.properties.views.records import Life, Turn, host_of, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.departure import Departure, Freed
from actorproof.properties.views.turns.excuse import possible_end_ns
from actorproof.properties.views.turns.idleness import PutAway

NS = 1_000_000_000
IDLE_SLACK_S = 0.5
"""The idle clock of a turn starts in the sidecar, so long before the turn is witnessed at most."""
WAKE_S = 15.0
WAKE_NS = round(WAKE_S * NS)
"""A fault still works for so long after its heal."""
HANDED_NS = NS
"""The end of a turn lets the next call in at once: within this, a busy machine allowed for."""
IDLED = "idle time-out"
"""That a turn's own idle time-out ran out over it."""


class Steps:
    """Answers for one history."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._outages = Outages(timeline, wake_s=WAKE_S)
        self._abandonment = Abandonment(timeline, observed_late_s=LATE_S, idle_slack_s=IDLE_SLACK_S)
        self._departures = self._abandonment.departures
        self.drains = self._abandonment.drains
        self._overlaps: dict[str, Sequence[tuple[Turn, Turn]]] = {}
        self.drained = Drained(timeline, self._abandonment, self._outages)

    # ---- two turns at once

    def overlap(self, first: Turn, second: Turn) -> Link:
        """That two turns ran at the same time."""
        where = f"on {first.host}" if first.host == second.host else f"on {first.host} and {second.host}"
        return Link(
            kind="ran at the same time",
            anchor=f"{first.id} {second.id}",
            said=f"turns {first.id} and {second.id} of {first.actor} ran at the same time {where}",
            at_ns=second.start_ns,
            events=(ref(first.start, "turn begins"), ref(second.start, "turn begins while the other one runs")),
        )

    def let_in(self, first: Turn, second: Turn) -> tuple[Link, ...]:
        """What let the second turn in while the first one ran; nothing where no proof is found.

        That a host stood still lets turns in on others first of all, and on itself only where nothing else did.
        """
        others = (
            self._sidecar_lost,
            self.drained.links,
            self.drained.undrained,
            self._idled,
            self._caller_gone,
            self._broken_off,
            self._left,
            self._unplaced,
            self._taken_back,
        )
        for find in (*others, self._stopped) if first.host == second.host else (self._stopped, *others):
            if found := tuple(find(first, second)):
                return (*found, *self._again(first, second))
        return ()

    def handed_on(self, first: Turn, second: Turn) -> tuple[Turn, Turn] | None:
        """Two earlier turns that ran at the same time and whose ends let these two in: each end lets one call in."""
        before = [
            turn
            for turn in self._timeline.turns_of(first.actor)
            if turn.start_ns < first.start_ns and first.start_ns - HANDED_NS <= turn.end_ns <= second.start_ns
        ]
        for one, two in pairwise(before):
            if one.end_ns > two.start_ns:
                return one, two
        return None

    def cut_off(self, last: Turn, second: Turn) -> tuple[Link, ...]:
        """What kept a host from telling its application that an actor had gone, since the last use of the instance."""
        for find in (self._stopped, self._sidecar_lost, self._unplaced, self._severed):
            if found := tuple(find(last, second)):
                return found
        return ()

    def undisturbed(self, first: Turn, second: Turn) -> tuple[Link, ...]:
        """That nothing can have let the second turn in: no fault, no other table, nobody left or was told to end."""
        from_ns, to_ns = first.start_ns, second.start_ns
        struck = any(f.start.t_ns <= to_ns and from_ns <= f.healed_ns + WAKE_NS for f in self._timeline.faults)
        told = any(from_ns <= event.t_ns <= to_ns for event in self._deactivated.get(first.actor, []))
        if struck or told or self.drains.moving(from_ns, to_ns) is not None:
            return ()
        return (
            Link(
                kind="nothing had changed",
                anchor=f"{first.id} {second.id}",
                said="no fault, no other table, no caller that left: nothing had changed",
                at_ns=second.start_ns,
            ),
            self.overlap(first, second),
        )

    def struck_out(self, first: Turn, second: Turn) -> tuple[Link, ...]:
        """That one of two turns ran on a host that placement's table had listed before, and did not list any more."""
        for turn in (first, second):
            if found := self._out_of_the_table(turn.host, second.start_ns):
                return (found, self.overlap(first, second))
        return ()

    def astray(self, turns: Sequence[Turn]) -> tuple[Link, ...]:
        """That one of some turns of an actor began on a host that was struck out, while others ran on other hosts."""
        for turn in turns:
            out = self._out_of_the_table(turn.host, turn.start_ns)
            elsewhere = next((other for other in turns if other.host != turn.host), None)
            if out is not None and elsewhere is not None:
                said = f"turn {turn.id} of {turn.actor} ran on {turn.host}, and {elsewhere.id} on {elsewhere.host}"
                used = Link(
                    kind="two owners",
                    anchor=f"{turn.id} {elsewhere.id}",
                    said=said,
                    at_ns=turn.start_ns,
                    events=(ref(turn.start, "turn begins"), ref(elsewhere.start, "turn begins on another host")),
                )
                return (out, used)
        return ()

    def _out_of_the_table(self, host: str, by_ns: int) -> Link | None:
        """That placement's table had listed a host before, and did not list it at an instant."""
        tables = [table for table in self._timeline.tables if table.leader and table.t_ns <= by_ns]
        if not tables or host in tables[-1].hosts or not any(host in table.hosts for table in tables):
            return None
        out = next(table for table in tables if table.version == tables[-1].version)
        return Link(
            kind="struck out",
            anchor=f"{host} {out.version}",
            said=f"placement table {out.version} had not listed {host} for {seconds(by_ns - out.t_ns)}",
            at_ns=out.t_ns,
            events=(ref(out, "placement table"),),
        )

    def overlapping(self, turn: Turn) -> Sequence[tuple[Turn, Turn]]:
        """The pairs of turns of the actor that may have run at the same time and of which this is one."""
        if turn.id not in self._overlaps:
            self._overlaps[turn.id] = [
                (first, second)
                for other in self._timeline.turns_of(turn.actor)
                if other is not turn
                for first, second in [(turn, other) if turn.start_ns <= other.start_ns else (other, turn)]
                if possible_end_ns(self._timeline, first) > second.start_ns
            ]
        return self._overlaps[turn.id]

    # ---- the host of the first turn

    def _stopped(self, first: Turn, second: Turn) -> Iterator[Link]:
        """Its application or sidecar was stopped while it ran."""
        for unit in (f"{first.host}/app", f"{first.host}/sidecar"):
            for life in self._timeline.lives_of(unit):
                for start_ns, end_ns in life.paused:
                    if start_ns <= second.start_ns and end_ns >= first.start_ns:
                        yield from self._fault_on(unit, start_ns)
                        yield Link(
                            kind="host stopped",
                            anchor=f"{unit} {start_ns}",
                            said=f"{unit} stood still for {seconds(min(end_ns, self._timeline.last_ns) - start_ns)}",
                            at_ns=start_ns,
                        )
                        return

    def _sidecar_lost(self, first: Turn, second: Turn) -> Iterator[Link]:
        """Its sidecar died or was asked to end, where that has a say in who runs what."""
        if self._timeline.run is not None and self._timeline.run.sidecars_hand_over:
            return
        sidecar = f"{first.host}/sidecar"
        lives = reversed(self._timeline.lives_of(sidecar))
        life = next((life for life in lives if life.started_ns <= first.start_ns), None)
        if life is not None and life.stopping_ns <= second.start_ns:
            yield from self._fault_on(sidecar, life.stopping_ns)
            yield Link(
                kind="host leaving",
                anchor=f"{sidecar} {life.incarnation}",
                said=f"{sidecar} was asked to end and left placement immediately",
                at_ns=life.stopping_ns,
            )
        elif life is not None and life.ended_ns <= second.start_ns:
            yield from self._fault_on(sidecar, life.ended_ns)
            yield Link(
                kind="sidecar gone",
                anchor=f"{sidecar} {life.incarnation}",
                said=f"{sidecar} died and nobody told its application",
                at_ns=life.ended_ns,
            )

    def _unplaced(self, first: Turn, second: Turn) -> Iterator[Link]:
        """One of the two hosts had lost placement, or was just back."""
        for host in dict.fromkeys((first.host, second.host)):
            wake = next((w for w in self._outages.wakes(host) if touches([w], second.start_ns, second.start_ns)), None)
            if wake is not None:
                yield from self._fault_on(host, wake[0])
                yield Link(
                    kind="placement lost",
                    anchor=f"{host} {wake[0]}",
                    said=f"{host} was without placement, or just back",
                    at_ns=wake[0],
                )
                return
            if (died := self._replica_lost(host, second.start_ns)) is not None:
                yield from self._fault_on(died.unit, died.ended_ns)
                yield Link(
                    kind="placement lost",
                    anchor=f"{host} {died.unit} {died.incarnation}",
                    said=f"{died.unit} died, and {host} was seen to be without placement just after",
                    at_ns=died.ended_ns,
                )
                return

    def _replica_lost(self, host: str, t_ns: int) -> Life | None:
        """The replica of placement that had just died at an instant, where a host was seen to have lost placement then.

        A sidecar hears at once that its stream to placement is broken; what it says of itself is seen a little later.
        """
        for life in self._timeline.lives:
            if host_of(life.unit).startswith("placement-") and life.ended_ns <= t_ns <= life.ended_ns + LATE_NS:
                lost = [start for start, _ in self._outages.wakes(host) if t_ns < start <= life.ended_ns + LATE_NS]
                if lost:
                    return life
        return None

    def _severed(self, first: Turn, second: Turn) -> Iterator[Link]:
        """The link between its sidecar and its application, or to placement, was faulted in between."""
        for link in (f"{first.host}>app", f"{first.host}>placement"):
            spans = self._outages.severed(link)
            span = next((each for each in spans if touches([each], first.start_ns, second.start_ns)), None)
            if span is not None:
                yield from self._fault_on(first.host, span[0])
                yield Link(
                    kind="placement lost" if link.endswith("placement") else "application cut off",
                    anchor=f"{link} {span[0]}",
                    said=f"nothing went through {link}",
                    at_ns=span[0],
                )
                return

    # ---- the idle time-out

    def _idled(self, first: Turn, second: Turn) -> Iterator[Link]:
        """The idle time-out passed over the first turn, and its instance was told to end in its course."""
        away = self.put_away(first, second.start_ns) or self._outrun(first)
        if away is not None:
            yield away

    def _outrun(self, turn: Turn) -> Link | None:
        """That an idle time-out ran out as a turn's call came in, which was cancelled before the turn began."""
        away = self._abandonment.idleness.outrun(turn)
        call = self._timeline.call_of(turn)
        if away is None or call is None or call.end is None:
            return None
        late = seconds(turn.start_ns - call.end_ns)
        said = f"call {call.id} was answered with {call.end.status} {late} before its turn {turn.id} began"
        return self._ran_out_before(turn, away, said, ref(call.end, "its call is answered"))

    def put_away(self, turn: Turn, before_ns: int) -> Link | None:
        """That an idle time-out ran out over a turn, its own or that of its actor's use before (see `idleness`)."""
        away = self._abandonment.idleness.over(turn, before_ns)
        if away is None:
            return None
        told, idle = away.told, seconds(self._timeline.idle_ns(turn.actor))
        old = seconds(told.t_ns - turn.start_ns)
        end = ref(told, "its actor is told to end")
        if away.used is turn:
            return Link(
                kind=IDLED,
                anchor=turn.id,
                said=f"the idle time-out of {idle} ran out over turn {turn.id}, {old} old",
                at_ns=told.t_ns,
                events=(ref(turn.start, "turn begins"), end),
            )
        return self._ran_out_before(turn, away, f"ended turn {turn.id}, {old} old")

    def put_away_after(self, turn: Turn, before_ns: int) -> Link | None:
        """That the idle time-out of its actor's use before ran out as a turn began that had ended at the DELETE."""
        away = self._abandonment.idleness.over_by_then(turn, before_ns)
        if away is None:
            return None
        old = seconds(away.told.t_ns - turn.start_ns)
        return self._ran_out_before(turn, away, f"its actor was told to end {old} after turn {turn.id} began")

    def _ran_out_before(self, turn: Turn, away: PutAway, what: str, *more: EventRef) -> Link:
        told, used = away.told, away.used
        idle, since = seconds(self._timeline.idle_ns(turn.actor)), seconds(told.t_ns - used.start_ns)
        begun, end = ref(turn.start, "turn begins"), ref(told, "its actor is told to end")
        return Link(
            kind="idle time-out before",
            anchor=turn.id,
            said=f"the idle time-out of {idle} ran out on turn {used.id}, begun {since} before, and {what}",
            at_ns=told.t_ns,
            events=(ref(used.start, "its actor is used"), *more, begun, end),
        )

    # ---- callers

    def _caller_gone(self, first: Turn, second: Turn) -> Iterator[Link]:
        gone = self._departures.during(first, second.start_ns)
        if gone is not None:
            when = "while it ran" if gone.left_ns >= first.start_ns else "just before it began"
            said = f"the caller of turn {first.id} went away ({gone.why}) {when}"
            yield from self._departed("caller gave up", gone, said)

    def _broken_off(self, first: Turn, second: Turn) -> Iterator[Link]:
        """The link to its application was faulted, and its sidecar gave up on its call since then.

        The connections of a link are closed as it is cut, and at the heal of one that was silent.
        """
        link = f"{first.host}>app"
        for fault in self._timeline.faults:
            if not (fault.start.has("severs") and link in fault.start.links):
                continue
            struck_ns, healed_ns = fault.start.t_ns, fault.healed_ns
            for sign in self.drains.take_backs(first, second.start_ns):
                at_cut = first.start_ns <= struck_ns <= sign.t_ns <= struck_ns + LATE_NS
                at_heal = first.start_ns <= healed_ns and abs(sign.t_ns - healed_ns) <= LATE_NS
                if at_cut or (at_heal and max(struck_ns, first.start_ns) <= sign.t_ns):
                    yield of_fault(fault)
                    yield Link(
                        kind="call broken off",
                        anchor=first.id,
                        said=f"{link} was faulted, and the sidecar gave up on the call of turn {first.id}",
                        at_ns=min(sign.t_ns, second.start_ns),
                        events=(ref(first.start, "turn begins"), ref(sign, "its call is given up on")),
                    )
                    return

    def _left(self, first: Turn, second: Turn) -> Iterator[Link]:
        """Another call of the actor, sent before and not begun, went away and let the second turn in."""
        freed = self._departures.freed(first, second)
        if freed is not None and freed.departure.table is None:
            yield from self._freed(freed)

    def _taken_back(self, first: Turn, second: Turn) -> Iterator[Link]:
        """A reminder of the actor was taken back while it waited, or while it ran, and let the second turn in."""
        freed = self._departures.freed(first, second)
        if freed is not None:
            yield from self._freed(freed)

    def _freed(self, freed: Freed) -> Iterator[Link]:
        gone = freed.departure
        first = freed.pairs[-1][0]
        behind = f"its turn {first.id} ran" if gone.running else f"it waited behind turn {first.id}"
        said = f"{gone.what} went away ({gone.why}) while {behind}"
        yield from self._departed("caller gave up" if gone.running else "queued caller left", gone, said)
        for pair in freed.pairs[1:]:
            yield self.overlap(*pair)

    def _departed(self, kind: str, gone: Departure, said: str) -> Iterator[Link]:
        yield from self._fault_on(gone.at, gone.left_ns)
        yield Link(kind=kind, anchor=gone.operation.id, said=said, at_ns=gone.left_ns, events=gone.events)

    def _again(self, first: Turn, second: Turn) -> Iterator[Link]:
        if first.start.op is not None and first.start.op == second.start.op:
            yield Link(
                kind="executed again",
                anchor=first.start.op,
                said=f"call {first.start.op} was executed again as turn {second.id}",
                at_ns=second.start_ns,
                events=(ref(second.start, "the same call begins again"),),
            )

    def _fault_on(self, name: str, t_ns: int) -> Iterator[Link]:
        """The fault that struck a host, unit or client just before an instant."""
        host = host_of(name)
        for fault in reversed(self._timeline.faults):
            ends = {end for link in fault.start.links for end in link.split(">")}
            at_the_time = fault.start.t_ns <= t_ns + LATE_NS and t_ns <= fault.healed_ns + WAKE_NS
            if at_the_time and host in ends | set(map(host_of, fault.start.units)):
                yield of_fault(fault)
                return

    def struck(self, host: str, by_ns: int) -> Iterator[Link]:
        """The last fault that had struck a host by an instant."""
        for fault in reversed(self._timeline.faults):
            if fault.took is not None and fault.start.t_ns <= by_ns and host in map(host_of, fault.start.units):
                yield of_fault(fault)
                return

    # ---- indexes

    @cached_property
    def _deactivated(self) -> dict[str, list[ev.Deactivated]]:
        found: dict[str, list[ev.Deactivated]] = defaultdict(list)
        for event in self._timeline.deactivations:
            found[event.actor].append(event)
        return dict(found)
