"""Work after turns: an actor's state or schedule is asked for while no turn of it runs.

What comes after a turn that was lost from sight counts for nothing: its code may go on, as it does in SDKs that take no
notice of a caller who is gone. Nor does what comes just after a turn that failed: where the runtime took the turn back,
as in a drain, what it had asked for is taken back, too, and comes over its own connection beside the answer. Nor what
comes at any time after one whose caller had gone, or whose call was given out again: however it was answered, as there
are SDKs that answer 200 for what failed. Nor what comes while the actor is being deactivated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.application.mistake import S_NS, Limits, Mistake, Seen
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.departure import Departures

Kind = Literal["early", "late", "background"]
ENOUGH = 3  # requests after one turn that make a task of their own
RECENT_S = 10
ON_ITS_WAY_NS = S_NS // 10  # a request that was sent before an answer has come by then


def groups(timeline: Timeline, limits: Limits) -> Iterator[tuple[Kind, Turn, list[ev.Unattributed]]]:
    """What was asked for after each turn, and what that is."""
    found: dict[str, list[ev.Unattributed]] = defaultdict(list)
    turns: dict[str, Turn] = {}
    by_actor: dict[tuple[str, str], list[Turn]] = defaultdict(list)
    departures = Departures(timeline, late_ns=0)
    for turn in timeline.turns:
        by_actor[turn.process, turn.actor].append(turn)
    for event in timeline.unattributed:
        if event.open or _leaving(timeline, event):
            continue
        own = by_actor[event.process, event.actor]
        at = bisect_right(own, event.t_ns, key=lambda turn: turn.start_ns)
        before = own[:at]
        # A turn that nobody sees any more may be what asks.
        if not before or any(turn.ended not in {"completed", "failed"} for turn in before):
            continue
        last = max(before, key=lambda turn: turn.end_ns)
        if (
            (last.ended == "failed" and event.t_ns <= last.end_ns + ON_ITS_WAY_NS)
            or departures.during(last, last.end_ns)
            or _given_out_again(timeline, last)
        ):
            continue
        turns[last.id] = last
        found[last.id].append(event)
    counted = [(turns[id_], events) for id_, events in found.items()]
    alone = [_soon(turn, events, limits) for turn, events in counted if _recent(turn, by_actor) == 1]
    for turn, events in counted:
        recent = _recent(turn, by_actor)
        spread_ns = events[-1].t_ns - events[0].t_ns
        if len(events) >= ENOUGH and len(events) > recent and spread_ns >= limits["at_once_s"] * S_NS:
            yield "background", turn, events
        # Of an actor that is called often it can't be told which turn asks: what is seen of others decides.
        elif _soon(turn, events, limits) if recent == 1 or not alone else 2 * sum(alone) >= len(alone):
            yield "early", turn, events
        else:
            yield "late", turn, events


def _given_out_again(timeline: Timeline, turn: Turn) -> bool:
    """Whether the call of a turn has another one that began after it."""
    operation = timeline.call_of(turn)
    return operation is not None and any(each.start_ns >= turn.end_ns for each in operation.turns)


def _soon(turn: Turn, events: list[ev.Unattributed], limits: Limits) -> bool:
    return events[0].t_ns - turn.end_ns <= limits["at_once_s"] * S_NS


def _recent(turn: Turn, by_actor: Mapping[tuple[str, str], list[Turn]]) -> int:
    """How many turns of its actor ended shortly before a turn did, itself included."""
    since_ns = turn.end_ns - RECENT_S * S_NS
    return sum(since_ns <= each.end_ns <= turn.end_ns for each in by_actor[turn.process, turn.actor])


def _leaving(timeline: Timeline, event: ev.Unattributed) -> bool:
    """Whether the actor was being deactivated there just then: its hook may save."""
    answered = {(g.process, g.actor, g.instance): g.t_ns for g in timeline.goodbyes}
    return any(
        gone.process == event.process
        and gone.actor == event.actor
        and gone.t_ns <= event.t_ns <= answered.get((gone.process, gone.actor, gone.instance), event.t_ns)
        for gone in timeline.deactivations
    )


def _seen(timeline: Timeline, limits: Limits, kind: Kind, words: str) -> Iterator[Seen]:
    for each, turn, events in groups(timeline, limits):
        if each == kind and turn.end is not None:
            first = events[0]
            after_s = (first.t_ns - turn.end_ns) / 1e9
            asked = f"{len(events)} requests for its state" if len(events) > 1 else f"a {first.what} of its state"
            yield Seen(
                actor=turn.actor,
                what=f"{words.format(turn=turn.start.name)}: {asked}, {after_s:.3f} s after it and in no turn",
                events=(
                    (turn.start, f"turn {turn.start.name}"),
                    (turn.end, "answered"),
                    (first, first.what),
                ),
            )


EARLY = Mistake(
    name="answers before it has finished",
    remedy="await all that a method starts before it answers",
    find=lambda timeline, limits: _seen(timeline, limits, "early", "{turn} was answered and went on"),
)
LATE = Mistake(
    name="keeps working after its turn",
    remedy="leave later work to a reminder or a timer, whose callback is a turn",
    find=lambda timeline, limits: _seen(timeline, limits, "late", "what {turn} started worked on after it"),
)
BACKGROUND = Mistake(
    name="background task on its state",
    remedy="use a timer in place of the task: its callback is a turn, so that nothing else runs meanwhile",
    find=lambda timeline, limits: _seen(timeline, limits, "background", "a task that began with {turn} goes on and on"),
)
