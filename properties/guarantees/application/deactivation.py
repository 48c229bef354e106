"""Deactivation: an application that does not let go of an actor whose DELETE it received.

It answers it with anything but 200; or it goes on with what it had in memory: every first turn of a method in a new
process reads the state, and one after a DELETE does not. Nothing is said where a turn was open at the DELETE, which may
have called the actor back into memory, where a read came that may be this turn's and was laid to none, or where the
sidecar was leaving.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.application.mistake import S_NS, Limits, Mistake, Seen
from actorproof.properties.views.records import Instance, Turn
from actorproof.properties.views.timeline import Timeline

OK = 200
ENOUGH = 3  # first turns of a method, all of which read


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    yield from _refused(timeline)
    yield from _remembered(timeline)


def _refused(timeline: Timeline) -> Iterator[Seen]:
    deletes = {(each.process, each.actor, each.instance): each for each in timeline.deactivations}
    for answer in timeline.goodbyes:
        delete = deletes.get((answer.process, answer.actor, answer.instance))
        if delete is None or answer.status == OK:
            continue
        life = timeline.life_of(answer.process)
        # Nobody answers while it dies, or is told to.
        if answer.status is None and (life is None or min(life.ended_ns, life.stopping_ns) <= answer.t_ns + S_NS):
            continue
        said = "closed the connection" if answer.status is None else f"answered {answer.status}"
        yield Seen(
            actor=answer.actor,
            what=f"it {said} when it was told that the actor is deactivated",
            events=((delete, "DELETE"), (answer, said)),
        )


def _remembered(timeline: Timeline) -> Iterator[Seen]:
    fresh: dict[tuple[str, str], list[bool]] = defaultdict(list)
    later: list[tuple[Instance, Turn]] = []
    ended = {(each.process, each.actor, each.instance): each for each in timeline.deactivations}
    for instance in timeline.instances:
        first = instance.turns[0]
        key = (first.actor.partition("/")[0], first.start.name)
        if instance.number == 1:
            if first.ended == "completed":  # one that was lost may have had no time to read
                fresh[key].append(first.asks_state)
        else:
            later.append((instance, first))
    for instance, first in later:
        reads = fresh[first.actor.partition("/")[0], first.start.name]
        delete = ended.get((instance.process, instance.actor, instance.number - 1))
        if delete is None or len(reads) < ENOUGH or not all(reads) or first.asks_state or first.ended != "completed":
            continue
        if _open_at(timeline, delete) or _may_read(timeline, first) or _leaving(timeline, first):
            continue
        yield Seen(
            actor=first.actor,
            what=f"{first.start.name}, the first call after its deactivation, read no state, as all first calls do",
            events=((delete, "DELETE"), (first.start, first.start.name)),
        )


def _open_at(timeline: Timeline, delete: ev.Deactivated) -> bool:
    return any(
        turn.process == delete.process and turn.start_ns < delete.t_ns < turn.end_ns
        for turn in timeline.turns_of(delete.actor)
    )


def _leaving(timeline: Timeline, turn: Turn) -> bool:
    """Whether the sidecar had been asked to end: it may answer no read any more, and lets turns in all the same."""
    sidecar = timeline.life_at(f"{turn.host}/sidecar", turn.start_ns)
    return sidecar is None or sidecar.stopping_ns <= turn.end_ns


def _may_read(timeline: Timeline, turn: Turn) -> bool:
    return any(
        (asked.process, asked.actor, asked.what) == (turn.process, turn.actor, "read")
        and turn.start_ns <= asked.t_ns <= turn.end_ns
        for asked in timeline.unattributed
    )


MISTAKE = Mistake(
    name="ignores deactivation",
    remedy="on DELETE drop the actor from memory and answer 200; the SDK's own route does",
    find=_find,
)
