"""Read-back: how many acknowledged entries went through each kind of disturbance and were seen afterwards.

An entry counts for a kill or restart when it was acknowledged at most `before_ns` before it, by a host that died; for
a stop of everything, at most that long before its own host died, since hosts die one after the other; for an idle
deactivation or a move it is the instance's last one. It was read back when a later turn of another instance shows it:
by an entry of its own at a higher index, or by answering a read that has it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, pairwise
from operator import attrgetter

from actorproof.properties.views.cluster.downtime import Downtime, downtimes
from actorproof.properties.views.records import Instance, host_of
from actorproof.properties.views.state.ledger import Entry, FinalRead, InstanceKey, instance_of
from actorproof.properties.views.timeline import Timeline

KINDS = ("host_kill", "store_restart", "total_restart", "idle_deactivation", "rebalance")
IDLE_SHARE = 0.8  # of the idle time-out: an idle clock may have begun before the turn's end

Sight = tuple[int, InstanceKey, int]


def counts(
    timeline: Timeline, entries: Mapping[str, Sequence[Entry]], reads: Mapping[str, FinalRead], *, before_ns: int
) -> dict[str, int]:
    """Entries that were read back, per kind of disturbance. `entries` are the acknowledged ones of each actor."""

    @cache
    def sights(actor: str) -> list[Sight]:
        return _sights(timeline, entries.get(actor, ()), reads.get(actor))

    def seen(entry: Entry, after_ns: int) -> bool:
        """Whether another instance showed it later; its next turn does, as a rule."""
        of_actor = sights(entry.save.actor)
        own = instance_of(timeline, entry.save)
        begin = bisect_right(of_actor, after_ns, key=lambda sight: sight[0])
        return any(other != own and highest >= entry.index for _, other, highest in islice(of_actor, begin, None))

    counted: dict[str, set[str]] = {kind: set() for kind in KINDS}
    answered = attrgetter("answered_ns")
    in_order = sorted((entry for of_actor in entries.values() for entry in of_actor), key=answered)
    for downtime in downtimes(timeline):
        if downtime.kind not in counted:
            continue
        deaths = _deaths(timeline, downtime)
        first = bisect_left(in_order, min(deaths.values(), default=downtime.start_ns) - before_ns, key=answered)
        last = bisect_right(in_order, downtime.start_ns, key=answered)
        for entry in in_order[first:last]:
            process = entry.save.start.process
            died = not downtime.hosts or host_of(process) in downtime.hosts
            near = entry.answered_ns >= deaths.get(process, downtime.start_ns) - before_ns
            if died and near and seen(entry, downtime.start_ns):
                counted[downtime.kind].add(entry.save.id)
    for kind, entry, gone_ns in _hand_overs(timeline, entries):
        if seen(entry, gone_ns):
            counted[kind].add(entry.save.id)
    return {kind: len(saves) for kind, saves in counted.items()}


def _deaths(timeline: Timeline, downtime: Downtime) -> dict[str, int]:
    """When each process died that a stop of everything took down: each host's last one before it was complete."""
    if downtime.kind != "total_restart":
        return {}
    last = ([life for life in of if life.ended_ns <= downtime.start_ns][-1:] for of in timeline.lives_by_unit.values())
    return {f"{life.unit}#{life.incarnation}": life.ended_ns for of in last for life in of}


def _sights(timeline: Timeline, entries: Sequence[Entry], read: FinalRead | None) -> list[Sight]:
    """In order of time: (start of a turn, its instance, the highest index that it has seen)."""
    found: list[Sight] = []
    for entry in entries:
        turn = timeline.turn(entry.save.turn)
        if turn is not None:
            found.append((turn.start_ns, turn.instance, entry.index - 1))
    if read is not None and read.entries and (reader := read.operation.answering) is not None:
        found.append((reader.start_ns, reader.instance, max(read.entries)))
    return sorted(found)


def _hand_overs(timeline: Timeline, entries: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, Entry, int]]:
    """The last entry of each instance that was followed by another: what ended the instance, and when."""
    by_actor: dict[str, list[Instance]] = defaultdict(list)
    for instance in timeline.instances:
        by_actor[instance.actor].append(instance)
    for actor, instances in by_actor.items():
        idle_ns = int(timeline.idle_ns(actor) * IDLE_SHARE)
        last = {instance_of(timeline, entry.save): entry for entry in entries.get(actor, ())}
        for old, new in pairwise(instances):
            entry = last.get((old.process, actor, old.number))
            if entry is None:
                continue
            if old.deactivated_ns is not None and old.deactivated_ns >= old.last_ns + idle_ns:
                yield "idle_deactivation", entry, old.deactivated_ns
            elif old.process != new.process and _alive(timeline, old.process, new.first_ns):
                yield "rebalance", entry, old.last_ns


def _alive(timeline: Timeline, process: str, t_ns: int) -> bool:
    life = timeline.life_of(process)
    return life is not None and t_ns < life.ended_ns
