"""turns: one turn at a time per actor, over the whole cluster.

Two turns of one actor overlap when the later one began before the earlier one is proven to have ended (see `excuse`).
Turns of one reentrant chain may, when reentrancy is on for the actor's type, and so may a turn that only reads, where
the runtime has such turns run beside others. Each other overlap gets the first that fits:

- clause *frozen*: either application was stopped during the overlap. A violation, *frozen, saved late*, when the
  earlier turn's save was committed after the later one began; unknown when the commit can't be timed;
- clause *orphaned*: the earlier turn's sidecar died or was stopped before the later one began; likewise;
- *cut off*: one of the two hosts was without placement in the last 15 s; or it resumed in that time, the two turns ran
  on different hosts, and the table had changed since it was stopped;
- *leaving host*: the earlier turn's host had been asked to end, and the later one runs on another;
- *abandoned*: the earlier turn's own caller gave up, lost its connection or died before the later one began;
- *drain gave up*: the drain time-out in force passed, since the placement table changed, over the earlier turn;
- *drain off*: hosts declare no drain, and the placement table changed while the earlier turn ran: the later one began
  on the actor's new host, or the earlier one's call had been answered with an error or begun again;
- *idle time-out*: the idle time-out passed over the earlier turn, counted from its start, or that of the actor's use
  before ran out as it began; its instance got a DELETE just then, and no table moved the actor;
- *same host*: on one host, and a caller left the place where he waited behind the earlier turn: that frees the actor;
- *two live hosts*: what remains on different hosts, double activation proper;
- *unexplained*: what remains on one host.

A later turn counts once for each class and clause that it gives rise to, however many earlier ones it meets.

Opportunities: frozen and orphaned, the overlaps that the clause fits; cut off, moves in the wake of a resume or a lost
placement; leaving host, moves away from such a host; abandoned, turns whose caller was gone while they ran; drain gave
up and idle time-out, turns that were open when one ran out; drain off, turns that were open when a table changed; same
host and unexplained, contended turns (another call on
the actor waited or ran when they began); two live hosts, moves. A move is two consecutive turns of one actor in
different processes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Doubt, Figure, Findings, Terms, Violation
from actorproof.properties.views.records import FAR_PAST_NS, FaultSpan, Operation, Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import was_cut_off
from actorproof.properties.views.turns.circumstances import Circumstances
from actorproof.properties.views.turns.excuse import UNTIMED, possible_end_ns, proven_end_ns

NO_END = "turn that began while another had no end in the log: whether it still ran is not known"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two turns that ran at the same time, for how long at least, and the class or clause that fits."""

    first: Turn
    second: Turn
    length_ns: int
    anomaly: str


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find turns of one actor that overlapped. The sweep is n log n."""
    return _Overlaps(timeline, terms).findings()


GUARANTEE = Guarantee(id="turns", check=check, overlapping=True, canary=True)


class Meetings:
    """Which turns of an actor may have run at once, and what it counts as, for what other promises make of it."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._check = _Overlaps(timeline, terms)

    def of(self, actor: str) -> Iterator[tuple[Turn, Turn, str]]:
        """The earlier turn, the later one, and the clause or else the class that fits, in order of the later one.

        A turn without an end in the log counts for as long as it may have run.
        """
        check = self._check
        for second, earlier in _meetings(check.timeline, check.timeline.turns_of(actor)):
            for first in earlier:
                if not check.may_meet(first, second):
                    yield first, second, check.excuses.clause(first, second) or check.class_of(first, second)


class _Overlaps(Circumstances):
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        super().__init__(timeline, terms)
        self.excused: Counter[str] = Counter()
        self.fits: Counter[str] = Counter()
        self.doubts: Counter[tuple[str, str]] = Counter()
        self.violations: list[Violation] = []
        self.longest_ns = 0

    def findings(self) -> Findings:
        for turns in self.timeline.turns_by_actor.values():
            for turn, earlier in _meetings(self.timeline, turns):
                self._judge(turn, earlier)
        return Findings(
            violations=self.violations,
            evidence=self._evidence(),
            opportunities=self._opportunities(),
            excused=self.excused,
            figures=[
                Figure(name="longest overlap", value=self.longest_ns / 1e9, unit="s"),
                Figure(name="hand-overs to another process", value=len(self.timeline.moves), unit="moves"),
                *_out_of_sight(self.timeline),
            ],
            doubts=[Doubt(anomaly=anomaly, what=what, count=count) for (anomaly, what), count in self.doubts.items()],
        )

    # ---- one later turn

    def _judge(self, second: Turn, earlier: Iterable[Turn]) -> None:
        """Classify what a turn meets; of several overlaps of one class the longest is told."""
        worst: dict[str, Overlap] = {}
        clauses: set[str] = set()
        doubts: set[tuple[str, str]] = set()
        for first in earlier:
            if self.may_meet(first, second):
                continue
            end_ns = min(proven_end_ns(self.timeline, first), proven_end_ns(self.timeline, second))
            clause = self.excuses.clause(first, second)
            if clause is not None:
                clauses.add(clause)
            if end_ns <= second.start_ns:
                if clause is None and not _instant(second):
                    doubts.add((self.class_of(first, second), NO_END))
                continue
            anomaly: str | None
            if clause is None:
                anomaly = self.class_of(first, second)
            else:
                late = self.excuses.saved_late(first, second.start_ns)
                anomaly = f"{clause}, saved late" if late == "yes" else None
                if late == "unknown":
                    doubts.add((f"{clause}, saved late", UNTIMED))
            length_ns = end_ns - second.start_ns
            self.longest_ns = max(self.longest_ns, length_ns)
            if anomaly is not None and (anomaly not in worst or worst[anomaly].length_ns < length_ns):
                worst[anomaly] = Overlap(first, second, length_ns, anomaly)
        self.excused.update(clauses - {anomaly.partition(",")[0] for anomaly in worst})
        self.fits.update(clauses)
        self.doubts.update(doubts)
        self.violations.extend(self._violation(overlap) for overlap in worst.values())

    def may_meet(self, first: Turn, second: Turn) -> bool:
        """Whether nobody promised that two turns of one actor don't overlap."""
        return self._one_chain(first, second) or reads(self.timeline, first) or reads(self.timeline, second)

    def _one_chain(self, first: Turn, second: Turn) -> bool:
        """Whether two turns belong to one reentrant chain. One that executes the other's call once more does not."""
        if first.start.chain is None or first.start.chain != second.start.chain:
            return False
        again = first.start.op is not None and first.start.op == second.start.op
        return not again and self.timeline.reentrant(first.actor)

    def class_of(self, first: Turn, second: Turn) -> str:
        if self._cut_off(first, second):
            return "cut off"
        if first.host != second.host and self.abandonment.by_leaving(first, second.start_ns):
            return "leaving host"
        if self.abandonment.by_caller(first, second.start_ns):
            return "abandoned"
        if self.abandonment.by_drain(first, second.start_ns):
            return "drain gave up"
        if self.abandonment.undrained(first, second.start_ns, moved=first.host != second.host) is not None:
            return "drain off"
        if self.abandonment.by_idleness(first, second.start_ns):
            return "idle time-out"
        if first.host != second.host:
            return "two live hosts"
        return "same host" if self.abandonment.by_queue(first, second) else "unexplained"

    def _cut_off(self, first: Turn, second: Turn) -> bool:
        return was_cut_off(self.outages, self.abandonment, {first.host, second.host}, second.start_ns)

    @cached_property
    def _tables(self) -> list[ev.TableObserved]:
        """The leader's tables, in order of time."""
        return [table for table in self.timeline.tables if table.leader]

    # ---- telling

    def _violation(self, overlap: Overlap) -> Violation:
        first, second = overlap.first, overlap.second
        at_ns = second.start_ns
        events, spans = self.sketch.meeting((first, second), at_ns=at_ns)
        where = f"on {first.host}" if first.host == second.host else f"on {first.host} and {second.host}"
        length = f"for {overlap.length_ns / 1e6:.1f} ms at least"
        summary = f"turns {first.id} and {second.id} ran at the same time {where} {length}"
        if first.end is None:
            summary += "; the first one's end is not in the log"
        at = bisect_right(self._tables, at_ns, key=lambda table: table.t_ns)
        if at and first.host != second.host:
            table = self._tables[at - 1]
            what = "placement table" if self.timeline.run is None or self.timeline.run.placements else "table of hosts"
            summary += f"; {what} {table.version} listed {', '.join(table.hosts) or 'no host'}"
        return Violation(
            anomaly=overlap.anomaly,
            actor=first.actor,
            summary=summary,
            events=events,
            spans=spans,
            trigger=self.sketch.trigger(at_ns),
            at_ns=at_ns,
        )

    # ---- counting

    def _opportunities(self) -> dict[str, int]:
        moves, turns = self.timeline.moves, self.timeline.turns
        counts = {
            "cut off": sum(self._cut_off(a, b) for a, b in moves),
            "leaving host": sum(self.abandonment.by_leaving(a, b.start_ns) for a, b in moves),
            "abandoned": sum(self.abandonment.by_caller(t, proven_end_ns(self.timeline, t)) for t in turns),
            "drain gave up": sum(self.abandonment.by_drain(t, proven_end_ns(self.timeline, t)) for t in turns),
            "drain off": sum(
                self.abandonment.undrained(t, proven_end_ns(self.timeline, t), moved=True) is not None for t in turns
            ),
            "idle time-out": sum(self.abandonment.by_idleness(t, proven_end_ns(self.timeline, t)) for t in turns),
            "same host": self._contended_turns,
            "unexplained": self._contended_turns,
            "two live hosts": len(moves),
            "frozen, saved late": self.fits["frozen"],
            "orphaned, saved late": self.fits["orphaned"],
        }
        found = Counter(violation.anomaly for violation in self.violations)
        return {anomaly: max(count, found[anomaly]) for anomaly, count in counts.items()}

    @cached_property
    def _contended_turns(self) -> int:
        return sum(
            _contended(turns, self.timeline.operations_of(actor), self.timeline)
            for actor, turns in self.timeline.turns_by_actor.items()
        )

    def _evidence(self) -> dict[str, int]:
        open_turns = _OpenTurns(self.timeline.turns)
        long_ns = round(self.terms.limits["long_pause_s"] * 1e9)
        took = [fault for fault in self.timeline.faults if fault.took is not None]

        def struck(trait: ev.FaultTrait) -> list[FaultSpan]:
            return [f for f in took if f.start.has(trait) and open_turns.under(f)]

        return {
            "contended_turns": self._contended_turns,
            "moves": sum(self._contended_move(a, b) for a, b in self.timeline.moves),
            "kills": len(struck("crashes")),
            "pauses_over_10s": sum(self._length_ns(f) > long_ns for f in struck("pauses")),
            "cuts": sum(not f.start.has("resets") for f in struck("severs")),
        }

    def _length_ns(self, fault: FaultSpan) -> int:
        return min(fault.healed_ns, self.timeline.last_ns) - fault.start.t_ns

    def _contended_move(self, first: Turn, second: Turn) -> bool:
        """Whether the call that moved was already under way while the turn before it was open."""
        operation = self.timeline.call_of(second)
        return operation is not None and operation.start_ns < first.end_ns


def reads(timeline: Timeline, turn: Turn) -> bool:
    """Whether a turn only reads its actor, on a runtime that has such turns run beside others."""
    return timeline.run is not None and timeline.run.reads_beside(turn.actor, turn.start.name)


def _out_of_sight(timeline: Timeline) -> Iterator[Figure]:
    """How many turns a witness outside the application saw begin and not end."""
    lost = sum(turn.ended == "lost" for turn in timeline.turns)
    if lost:
        yield Figure(name="turns that were lost from sight", value=lost, unit="turns")


def _instant(turn: Turn) -> bool:
    """Whether a turn took no time, so that it overlaps nothing."""
    return turn.end is not None and turn.end.t_ns <= turn.start_ns


def _meetings(timeline: Timeline, turns: list[Turn]) -> Iterator[tuple[Turn, list[Turn]]]:
    """Each turn of one actor with the earlier ones that may still have run when it began."""
    running: list[tuple[int, Turn]] = []
    for turn in turns:
        running = [entry for entry in running if entry[0] > turn.start_ns]
        if running:
            yield turn, [earlier for _, earlier in running]
        running.append((possible_end_ns(timeline, turn), turn))


def _contended(turns: list[Turn], operations: list[Operation], timeline: Timeline) -> int:
    """How many turns of one actor began while another call was pending, or after an earlier turn was waited for."""
    calls = [o for o in operations if o.start.action == "call" and o.end is not None and o.outcome != "fail"]
    count = 0
    begun = 0
    last: Operation | None = None  # of the calls begun so far the one that ends last, and the one before it,
    last_but_one: Operation | None = None  # since one of them may be the turn's own
    earlier_end_ns = FAR_PAST_NS
    for turn in turns:
        while begun < len(calls) and calls[begun].start_ns < turn.start_ns:
            call = calls[begun]
            begun += 1
            if last is None or call.end_ns >= last.end_ns:
                last, last_but_one = call, last
            elif last_but_one is None or call.end_ns > last_but_one.end_ns:
                last_but_one = call
        own = timeline.call_of(turn)
        other = last if last is not own else last_but_one
        pending = other is not None and other.end_ns > turn.start_ns
        waited = own is not None and earlier_end_ns > own.start_ns
        count += pending or waited or earlier_end_ns > turn.start_ns
        if turn.end is not None:
            earlier_end_ns = max(earlier_end_ns, turn.end.t_ns)
    return count


class _OpenTurns:
    """Whether any turn was open on a host at an instant."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        by_host: dict[str, list[Turn]] = defaultdict(list)
        for turn in turns:
            by_host[turn.host].append(turn)
        self._starts = {host: [turn.start_ns for turn in of] for host, of in by_host.items()}
        self._ends = {host: list(accumulate((turn.end_ns for turn in of), max)) for host, of in by_host.items()}

    def under(self, fault: FaultSpan) -> bool:
        """Whether a fault struck a host, by its units or links, that had a turn open as it was injected or took."""
        named = [*fault.start.units, *(part for link in fault.start.links for part in link.split(">"))]
        everywhere = "hosts" in named
        struck = [host for host in self._starts if everywhere or _names(named, host)]
        instants = (fault.start.t_ns, *((fault.took.t_ns,) if fault.took is not None else ()))
        return any(self._at(host, t_ns) for host in struck for t_ns in instants)

    def _at(self, host: str, t_ns: int) -> bool:
        at = bisect_right(self._starts[host], t_ns) - 1
        return at >= 0 and self._ends[host][at] > t_ns


def _names(named: Iterable[str], host: str) -> bool:
    return any(name == host or name.startswith(f"{host}/") for name in named)
