"""capacity: so many actors at once, each with its own state; all are put away when idle, and all come back.

Judged are the actors that a client called ``filler-...`` wrote a value of its own to, in a cluster that nothing
disturbs: a history with a fault is not judged. Of each actor:

- *refused*: no call that wrote to it was answered, and none began a turn;
- *kept active*: the instance that was written to was not told to end within the idle time-out and `gone_s` after a turn
  that nothing followed for as long, though the run was watched till then;
- *state lost*: a later call that read it answered something else than was written.

The figures say how many actors were activated a second, how long the calls of each stage took, how many were there at
once, and what an actor costs in resident memory at the end of each stage: of each part of the cluster the growth from
the last look before the first of them to the last one before the next stage, or before any was put away, divided by how
many there were. Likewise what is left of that when all were put away, before they were read again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Doubt, Figure, Findings, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.growth import FILLER, WRITE, Residents, by_part
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, Instance, Operation, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline

REFUSED = "refused"
KEPT = "kept active"
LOST = "state lost"
EVIDENCE = ("actors", "put_away", "returned")
READ = "read"
NS = 1_000_000_000
MS = 1e6
KIB = 1024
UNTIMED = "actor that may have been put away in time, since the machine stood still"


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every actor that the cluster was filled with."""
    return _Judged(timeline, terms).findings()


GUARANTEE = Guarantee(id="capacity", check=check)


@dataclass(slots=True, kw_only=True)
class Filled:
    """One actor: the calls that wrote to it and read it, and its instances."""

    writes: list[Operation] = field(default_factory=list)
    reads: list[Operation] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)


class _Judged:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        idle_s = timeline.run.idle_timeout_s if timeline.run is not None else 0.0
        self._gone_ns = round((idle_s + terms.limits["gone_s"]) * NS)
        self._actors = filled(timeline)
        self._violations: list[Violation] = []
        self._counts: Counter[str] = Counter()

    def findings(self) -> Findings:
        if self._timeline.faults or not self._actors or not self._timeline.whole:
            return Findings(evidence=dict.fromkeys(EVIDENCE, 0))
        for actor, each in self._actors.items():
            self._judge(actor, each)
        counts = self._counts
        return Findings(
            violations=self._violations,
            evidence={name: counts[name] for name in EVIDENCE},
            opportunities={REFUSED: len(self._actors), KEPT: counts["watched"], LOST: counts["read"]},
            figures=[*speed(self._actors), *memory(self._timeline, self._actors)],
            doubts=[Doubt(anomaly=KEPT, what=UNTIMED, count=counts["untimed"])] if counts["untimed"] else [],
        )

    def _judge(self, actor: str, each: Filled) -> None:
        if all(operation.outcome != "ok" and not operation.turns for operation in each.writes):
            self._report(REFUSED, actor, each.writes[-1], "no call that wrote to it was answered, nor began a turn")
            return
        self._counts["actors"] += any(operation.outcome == "ok" for operation in each.writes)
        written = each.writes[-1]
        if any(write.outcome != "ok" for write in each.writes):
            return  # what it holds is not known
        self._put_away(actor, each, written)
        # Of writes that overlap, each may have been the last.
        began_ns = max(write.start_ns for write in each.writes)
        held = [_value(write) for write in each.writes if write.end_ns >= began_ns]
        over_ns = max(write.end_ns for write in each.writes)
        for read in each.reads:
            if read.outcome != "ok" or read.end is None or read.start_ns <= over_ns:
                continue
            self._counts["read"] += 1
            if msgspec.json.decode(read.end.result) not in held:
                self._report(LOST, actor, read, "it answered something else than was written")
            elif _instance_of(read) != _instance_of(written):
                self._counts["returned"] += 1

    def _put_away(self, actor: str, each: Filled, written: Operation) -> None:
        """Whether the instance that was written to was told to end in time."""
        instance = next((i for i in each.instances if (i.process, i.actor, i.number) == _instance_of(written)), None)
        if instance is None:
            return
        ends = [*(turn.start_ns for turn in instance.turns[1:]), FAR_FUTURE_NS]
        idle = (t for t, next_ns in zip(instance.turns, ends, strict=True) if next_ns - t.end_ns > self._gone_ns)
        last = next(idle, None)  # the first use after which nothing used it for that long
        if last is None or last.end_ns + self._gone_ns > self._timeline.observed_ns:
            return
        due_ns = last.end_ns + self._gone_ns
        self._counts["watched"] += 1
        if instance.deactivated_ns is not None and instance.deactivated_ns <= due_ns:
            self._counts["put_away"] += 1
        elif stalled_between(self._timeline, last.end_ns, due_ns):
            self._counts["untimed"] += 1
        else:
            self._report(KEPT, actor, written, f"it was still active {self._gone_ns / NS:.0f} s after its last turn")

    def _report(self, anomaly: str, actor: str, operation: Operation, how: str) -> None:
        events = [ref(operation.start, f"{operation.start.name} called")]
        if operation.end is not None:
            events.append(ref(operation.end, operation.outcome))
        at_ns = min(operation.end_ns, self._timeline.last_ns)
        self._violations.append(
            Violation(anomaly=anomaly, actor=actor, summary=f"{actor}: {how}", events=tuple(events), at_ns=at_ns)
        )


def filled(timeline: Timeline) -> dict[str, Filled]:
    """The actors that a filler wrote to, with all that it asked of them."""
    found: dict[str, Filled] = {}
    for operation in timeline.operations:
        if not operation.start.client.startswith(FILLER):
            continue
        if operation.start.name == WRITE:
            found.setdefault(operation.start.actor, Filled()).writes.append(operation)
        elif operation.start.name == READ and operation.start.actor in found:
            found[operation.start.actor].reads.append(operation)
    for instance in timeline.instances:
        if instance.actor in found:
            found[instance.actor].instances.append(instance)
    return found


def speed(actors: Mapping[str, Filled]) -> Iterator[Figure]:
    """Of each stage, which is one step's calls: how many a second, and how long they took."""
    there = 0
    for calls in _stages(actors):
        answered = [call for call in calls if call.outcome == "ok"]
        wrote = calls[0].start.name == WRITE
        if wrote:
            there += len(answered)
        if not answered:
            continue
        what = f"activations up to {there:,} actors" if wrote else f"returns of {len(calls):,} actors"
        took_ms = [(call.end_ns - call.start_ns) / MS for call in answered]
        length_s = (max(call.end_ns for call in answered) - min(call.start_ns for call in calls)) / NS
        yield Figure(name=f"{what} a second", value=len(answered) / length_s if length_s else 0.0, unit="")
        for name, share in (("median", 0.5), ("p99", 0.99)):
            yield Figure(name=f"{what} took, {name}", value=quantile(took_ms, share), unit="ms")


def memory(timeline: Timeline, actors: Mapping[str, Filled]) -> Iterator[Figure]:
    """How many were active at once, and what one costs each part of the cluster, in KiB, at the end of each stage."""
    begun = sorted(min(i.first_ns for i in each.instances) for each in actors.values() if each.instances)
    if not begun:
        return
    gone_ns = min((event.t_ns for event in timeline.deactivations if event.actor in actors), default=FAR_FUTURE_NS)
    at_once = bisect_left(begun, gone_ns)
    yield Figure(name="actors active at the same time", value=at_once, unit="")
    residents = Residents(timeline)
    before = residents.before(begun[0])
    stages = _stages(actors)
    nexts = [min(call.start_ns for call in calls) for calls in stages][1:]
    looks = [
        (until_ns, bisect_left(begun, until_ns), "for each of {:,} actors")
        for until_ns in sorted({min(next_ns, gone_ns) for next_ns in (*nexts, FAR_FUTURE_NS)})
    ]
    read_ns = next(
        (min(call.start_ns for call in calls) for calls in stages if calls[0].start.name == READ), FAR_PAST_NS
    )
    if read_ns > gone_ns and not _kept(timeline, actors, read_ns):
        looks.append((read_ns, at_once, "left by each of {:,} actors that were put away"))
    for until_ns, count, words in looks:
        after = residents.before(until_ns)
        grown = by_part({unit: after[unit] - before[unit] for unit in before.keys() & after.keys()})
        for part, size in sorted(grown.items()):
            yield Figure(name=f"memory of {part} {words.format(count)}", value=size / count / KIB, unit="KiB")


def _kept(timeline: Timeline, actors: Mapping[str, Filled], at_ns: int) -> bool:
    """Whether any of the actors was still active at an instant."""
    put_away = {event.actor for event in timeline.deactivations if event.t_ns < at_ns}
    return any(actor not in put_away for actor, each in actors.items() if each.instances)


def _stages(actors: Mapping[str, Filled]) -> Sequence[list[Operation]]:
    """The calls of each step that filled or read, in order of time."""
    stages: dict[str, list[Operation]] = defaultdict(list)
    for each in actors.values():
        for operation in (*each.writes, *each.reads):
            stages[operation.start.client.rpartition("-")[0]].append(operation)
    return sorted(stages.values(), key=lambda calls: min(call.start_ns for call in calls))


def _value(operation: Operation) -> object:
    return msgspec.json.decode(operation.start.args, type=dict[str, object]).get("value")


def _instance_of(operation: Operation) -> tuple[str, str, int] | None:
    return operation.answering.instance if operation.answering is not None else None
