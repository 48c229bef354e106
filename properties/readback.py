"""Read-back: how many acknowledged entries went through each kind of disturbance and were seen afterwards.

An entry counts for a kill or restart when it was acknowledged at most `before_ns` before it, by a host that died; for
an idle deactivation or a move it is the instance's last one. It was read back when a later turn of another instance
shows it: by an entry of its own at a higher index, or by answering a read that has it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise

from actorproof.properties.downtime import downtimes
from actorproof.properties.ledger import FinalRead, InstanceKey, instance_of
from actorproof.properties.timeline import Instance, Save, Timeline

KINDS = ("host_kill", "store_restart", "total_restart", "idle_deactivation", "rebalance")
IDLE_SHARE = (
    0.8  # of the idle time-out: scans come at intervals, and an idle clock may have begun before the turn's end
)

Entry = tuple[Save, int]
Sight = tuple[int, InstanceKey, int]


def counts(
    timeline: Timeline, entries: Iterable[Entry], reads: Mapping[str, FinalRead], *, before_ns: int
) -> dict[str, int]:
    """Entries that were read back, per kind of disturbance. `entries` are acknowledged saves with their index."""
    acknowledged = sorted(
        ((save.end.t_ns, save, index) for save, index in entries if save.end is not None), key=lambda item: item[0]
    )
    sights = _sights(timeline, ((save, index) for _, save, index in acknowledged), reads)
    counted: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for downtime in downtimes(timeline):
        if downtime.kind not in counted:
            continue
        first = bisect_left(acknowledged, downtime.start_ns - before_ns, key=lambda item: item[0])
        last = bisect_right(acknowledged, downtime.start_ns, key=lambda item: item[0])
        for _, save, index in acknowledged[first:last]:
            died = not downtime.hosts or save.start.process.partition("/")[0] in downtime.hosts
            if died and _seen(sights.get(save.actor, []), timeline, save, index, downtime.start_ns):
                counted[downtime.kind].add(save.id)
    for kind, save, index, gone_ns in _hand_overs(timeline, ((save, index) for _, save, index in acknowledged)):
        if _seen(sights.get(save.actor, []), timeline, save, index, gone_ns):
            counted[kind].add(save.id)
    return {kind: len(saves) for kind, saves in counted.items()}


def _sights(timeline: Timeline, entries: Iterable[Entry], reads: Mapping[str, FinalRead]) -> dict[str, list[Sight]]:
    """Per actor, in order of time: (start of a turn, its instance, the highest index that it has seen)."""
    found: dict[str, list[Sight]] = defaultdict(list)
    for save, index in entries:
        turn = timeline.turn(save.turn)
        if turn is not None:
            found[save.actor].append((turn.start_ns, turn.instance, index - 1))
    for actor, read in reads.items():
        turn = read.operation.answering
        if turn is not None and read.entries:
            found[actor].append((turn.start_ns, turn.instance, max(read.entries)))
    for of_actor in found.values():
        of_actor.sort(key=lambda sight: sight[0])
    return found


def _seen(sights: Sequence[Sight], timeline: Timeline, save: Save, index: int, after_ns: int) -> bool:
    own = instance_of(timeline, save)
    begin = bisect_right(sights, after_ns, key=lambda sight: sight[0])
    return any(instance != own and highest >= index for _, instance, highest in islice(sights, begin, None))


def _hand_overs(timeline: Timeline, entries: Iterable[Entry]) -> Iterator[tuple[str, Save, int, int]]:
    """The last entry of each instance that was followed by another: what ended the instance, and when."""
    last: dict[InstanceKey, Entry] = {}
    for save, index in entries:
        last[instance_of(timeline, save)] = (save, index)
    idle_ns = int((timeline.run.idle_timeout_s if timeline.run else 0.0) * 1e9 * IDLE_SHARE)
    by_actor: dict[str, list[Instance]] = defaultdict(list)
    for instance in timeline.instances:
        by_actor[instance.actor].append(instance)
    for instances in by_actor.values():
        for old, new in pairwise(instances):
            entry = last.get((old.process, old.actor, old.number))
            if entry is None:
                continue
            if old.deactivated_ns is not None and old.deactivated_ns >= old.last_ns + idle_ns:
                yield "idle_deactivation", *entry, old.deactivated_ns
            elif old.process != new.process and _alive(timeline, old.process, new.first_ns):
                yield "rebalance", *entry, old.last_ns


def _alive(timeline: Timeline, process: str, t_ns: int) -> bool:
    life = timeline.life_of(process)
    return life is not None and t_ns < life.ended_ns
