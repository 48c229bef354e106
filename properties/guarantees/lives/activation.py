"""activation: at most one instance of an actor in use at a time.

An instance is in use from its first turn's start to its last turn's end, as far as those are proven (see `excuse`). Two
instances of one actor whose used times overlap are a violation, in one process or in two, even when no two turns do:
what the earlier one has cached is stale.

What of the earlier instance's use comes later may be nothing but the rest of a turn that was under way. Then two
clauses excuse it, since no runtime can call back what a stopped process or an application without its sidecar has
begun: *frozen* (its application was stopped while that turn ran) and *orphaned* (as in `turns`); as there, a violation
when that turn's save was committed after the later instance began, unknown when the commit can't be timed. Otherwise
the class is

- *undelivered*: between the uses of the earlier instance around the hand-over, its sidecar or application was stopped
  or dead, or the link between them or to placement faulted, so that the DELETE could not arrive;
- *cut off*: as in `turns`;
- *leaving host*, *abandoned*, *drain gave up*, *drain off*, *idle time-out*: a turn by which the earlier instance was
  still in use was given up on in one of these ways (see `turns`);
- *two instances*: what remains, double activation proper.

A later instance counts once for each class and clause. An instance that is never used again is no violation; those that
got no DELETE either are counted as leftovers. Opportunities: undelivered, moves with such an outage around them; the
others, successions. A succession is two consecutive instances of one actor, a move one in different processes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Doubt, Figure, Findings, Terms, Violation
from actorproof.properties.views.records import Instance, Turn, host_of
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import was_cut_off
from actorproof.properties.views.turns.circumstances import Circumstances
from actorproof.properties.views.turns.excuse import UNTIMED, proven_end_ns


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find instances of one actor that were in use at once. The sweep is n log n."""
    return _DoubleUse(timeline, terms).findings()


GUARANTEE = Guarantee(id="activation", check=check, overlapping=True)


class Meetings:
    """Which instances of an actor were in use at once, and what it counts as: as in `turns`."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._check = _DoubleUse(timeline, terms)

    def of(self, actor: str) -> Iterator[tuple[Instance, Instance, str]]:
        """The earlier instance, the later one, and the clause or else the class that fits."""
        for second, earlier in self._check.meetings(self._check.by_actor.get(actor, [])):
            for first in earlier:
                yield first, second, self._check.clause(first, second) or self._check.class_of(first, second)


class _DoubleUse(Circumstances):
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        super().__init__(timeline, terms)
        self.excused: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.longest_ns = 0
        self.used_until = {id(instance): self._used_until(instance) for instance in timeline.instances}

    def findings(self) -> Findings:
        for instances in self.by_actor.values():
            for instance, earlier in self.meetings(instances):
                self._judge(instance, earlier)
        figures = [Figure(name="longest double ownership", value=self.longest_ns / 1e9, unit="s")]
        margins = [b.first_ns - self.used_until[id(a)] for a, b in self._moves]
        if margins:
            figures.append(Figure(name="smallest margin at a hand-over", value=min(margins) / 1e9, unit="s"))
        figures.append(Figure(name="leftovers", value=self._leftovers(), unit="instances"))
        return Findings(
            violations=self.violations,
            evidence=self._evidence(),
            opportunities=self._opportunities(),
            excused=self.excused,
            figures=figures,
            doubts=[Doubt(anomaly=anomaly, what=UNTIMED, count=count) for anomaly, count in self.doubts.items()],
        )

    # ---- one later instance

    def _judge(self, second: Instance, earlier: list[Instance]) -> None:
        """Classify what an instance meets; of several meetings of one class the longest is told."""
        worst: dict[str, tuple[int, Instance]] = {}
        clauses: set[str] = set()
        for first in earlier:
            length_ns = min(self.used_until[id(first)], self.used_until[id(second)]) - second.first_ns
            self.longest_ns = max(self.longest_ns, length_ns)
            clause = self.clause(first, second)
            if clause is not None:
                clauses.add(clause)
                continue
            anomaly = self.class_of(first, second)
            if anomaly not in worst or worst[anomaly][0] < length_ns:
                worst[anomaly] = (length_ns, first)
        self.excused.update(clauses)
        self.violations.extend(
            self._violation(anomaly, first, second, length_ns) for anomaly, (length_ns, first) in worst.items()
        )

    def clause(self, first: Instance, second: Instance) -> str | None:
        """The clause that excuses an overlap, when it is nothing but the rest of turns under way."""
        found: str | None = None
        doubtful = False
        for turn in first.turns:
            if self._proven(turn) <= second.first_ns:
                continue
            clause = None if turn.start_ns >= second.first_ns else self.excuses.under_way(turn, second.first_ns)
            late = self.excuses.saved_late(turn, second.first_ns) if clause else "yes"
            if clause is None or late == "yes":
                return None
            doubtful = doubtful or late == "unknown"
            found = found or clause
        if doubtful:
            self.doubts[self.class_of(first, second)] += 1
        return found

    def class_of(self, first: Instance, second: Instance) -> str:
        at_ns = second.first_ns
        if first.process != second.process and self._undelivered(first, at_ns):
            return "undelivered"
        hosts = {host_of(first.process), host_of(second.process)}
        if was_cut_off(self.outages, self.abandonment, hosts, at_ns):
            return "cut off"
        still = [turn for turn in first.turns if self._proven(turn) > at_ns]
        if len(hosts) > 1 and any(self.abandonment.by_leaving(turn, at_ns) for turn in still):
            return "leaving host"
        if any(self.abandonment.by_caller(turn, at_ns) for turn in still):
            return "abandoned"
        if any(self.abandonment.by_drain(turn, at_ns) for turn in still):
            return "drain gave up"
        if any(self.abandonment.undrained(turn, at_ns, moved=len(hosts) > 1) is not None for turn in still):
            return "drain off"
        if any(self.abandonment.by_idleness(turn, at_ns) for turn in still):
            return "idle time-out"
        return "two instances"

    def _undelivered(self, first: Instance, at_ns: int) -> bool:
        return self.outages.undelivered(first.process.partition("/")[0], *self._around(first, at_ns))

    def _around(self, first: Instance, at_ns: int) -> tuple[int, int]:
        """From an instance's last use before an instant to its next one; to that instant when it has none."""
        at = bisect_left(first.turns, at_ns, key=lambda turn: turn.start_ns)
        before = first.turns[at - 1] if at else first.turns[0]
        after_ns = first.turns[at].start_ns if at < len(first.turns) else at_ns
        return min(self._proven(before), at_ns), max(after_ns, at_ns)

    def _violation(self, anomaly: str, first: Instance, second: Instance, length_ns: int) -> Violation:
        at_ns = second.first_ns
        at = bisect_left(first.turns, at_ns, key=lambda turn: turn.start_ns)
        shown = [*first.turns[max(at - 1, 0) : at + 1], second.turns[0]]
        events, spans = self.sketch.meeting(shown, at_ns=at_ns)
        summary = (
            f"instance {first.number} in {first.process} was still in use when instance {second.number} in"
            f" {second.process} began, both for {length_ns / 1e6:.1f} ms at least"
        )
        return Violation(
            anomaly=anomaly,
            actor=first.actor,
            summary=summary,
            events=events,
            spans=spans,
            trigger=self.sketch.trigger(at_ns),
            at_ns=at_ns,
        )

    # ---- pairing

    def meetings(self, instances: list[Instance]) -> Iterator[tuple[Instance, list[Instance]]]:
        """Each instance of one actor with the earlier ones that were in use after it began."""
        running: list[Instance] = []
        for instance in instances:
            running = [other for other in running if self.used_until[id(other)] > instance.first_ns]
            if running and self.used_until[id(instance)] > instance.first_ns:
                yield instance, list(running)
            running.append(instance)

    def _proven(self, turn: Turn) -> int:
        return proven_end_ns(self.timeline, turn)

    def _used_until(self, instance: Instance) -> int:
        return max(self._proven(turn) for turn in instance.turns)

    @cached_property
    def by_actor(self) -> dict[str, list[Instance]]:
        found: dict[str, list[Instance]] = defaultdict(list)
        for instance in self.timeline.instances:
            found[instance.actor].append(instance)
        return dict(found)

    @cached_property
    def _moves(self) -> list[tuple[Instance, Instance]]:
        return [(a, b) for of in self.by_actor.values() for a, b in pairwise(of) if a.process != b.process]

    @cached_property
    def _successions(self) -> int:
        return sum(len(instances) - 1 for instances in self.by_actor.values())

    # ---- counting

    def _opportunities(self) -> dict[str, int]:
        found = Counter(violation.anomaly for violation in self.violations)
        outages = sum(self._undelivered(a, b.first_ns) for a, b in self._moves)
        return {
            "undelivered": max(outages, found["undelivered"]),
            **{
                anomaly: max(self._successions, found[anomaly])
                for anomaly in (
                    "cut off",
                    "leaving host",
                    "abandoned",
                    "drain gave up",
                    "drain off",
                    "idle time-out",
                    "two instances",
                )
            },
        }

    def _evidence(self) -> dict[str, int]:
        return {"instances": len(self.timeline.instances), "moves": len(self._moves), "returns": self._returns()}

    def _returns(self) -> int:
        """How often an actor came back to a process that had held it before, by way of another one."""
        count = 0
        for instances in self.by_actor.values():
            seen: set[str] = set()
            for before, instance in pairwise(instances):
                seen.add(before.process)
                count += instance.process != before.process and instance.process in seen
        return count

    def _leftovers(self) -> int:
        """Instances that never got a DELETE, in an application that still lived when the actor was used elsewhere."""
        count = 0
        for instances in self.by_actor.values():
            for instance, after in pairwise(instances):
                life = self.timeline.life_of(instance.process)
                alive = life is None or life.ended_ns > after.first_ns
                count += instance.deactivated_ns is None and alive and instance.process != after.process
        return count
