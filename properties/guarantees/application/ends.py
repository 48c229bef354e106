"""Ends: an application whose process ends although nobody asked it to.

What it did last says of which kind it is: it was told that an actor is deactivated that it does not hold, and never
answered; or its last request to the sidecar, in a turn that it never answered, was refused. Where neither is so, it
ended by itself.

A process that was never ready, whose sidecar was away shortly before, or which a signal ended, is not judged: what
ended it may lie outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.application.mistake import S_NS, Mistake, Seen
from actorproof.properties.guarantees.application.turns import refused
from actorproof.properties.views.cluster.outage import Outages, touches
from actorproof.properties.views.records import FAR_PAST_NS, Life, Turn, host_of
from actorproof.properties.views.timeline import Timeline

BY_SIGNAL = 128  # above it, a code of a shell or of the witness names a signal
NO_JOURNAL = 74  # the witness could not write, and ended by itself
LAST_NS = 2 * S_NS
"""What a process did so shortly before its exit was seen may have ended it."""
AWAY_NS = 10 * S_NS
"""So long after its sidecar was away an application may end for want of it."""
IN_FLIGHT_NS = S_NS // 10
"""What reached a process later than an answer, by more than this, it does not heed before that answer."""
MOST_SHOWN = 5
"""So many refusals before one exit are shown by their events."""


Kind = Callable[[Timeline, Life, ev.UnitExited], Seen | None]


def _deaths(timeline: Timeline) -> Iterator[tuple[Life, ev.UnitExited]]:
    """Incarnations of applications that ended by themselves, each with its exit."""
    outages = Outages(timeline, wake_s=0.0)
    for life in timeline.lives:
        exit_ = life.exit
        if exit_ is None or life.expected or life.ready_ns is None or ev.half(life.unit) != "app":
            continue
        if min(life.ended_ns, life.stopping_ns) < exit_.t_ns or not 0 <= exit_.code < BY_SIGNAL:
            continue
        if exit_.code == NO_JOURNAL or life.stopped_during(exit_.t_ns - AWAY_NS, exit_.t_ns):
            continue
        if not touches(outages.down(f"{host_of(life.unit)}/sidecar"), exit_.t_ns - AWAY_NS, exit_.t_ns):
            yield life, exit_


def _on_delete(timeline: Timeline, life: Life, exit_: ev.UnitExited) -> Seen | None:
    answered = {(each.process, each.actor) for each in timeline.goodbyes if not each.instance and each.status}
    for event in timeline.needless:
        if _ended(life, exit_, event) and (event.process, event.actor) not in answered:
            return Seen(
                actor=event.actor,
                what=f"{event.process} ended with code {exit_.code} when it was told that an actor is deactivated that"
                " it does not hold",
                events=((event, "DELETE of an actor that it does not hold"), (exit_, f"exit code {exit_.code}")),
            )
    return None


def _in_turn(timeline: Timeline, life: Life, exit_: ev.UnitExited) -> Seen | None:
    """Refusals that the process is not known to have outlived: of several any may have ended it, and none is named."""
    heeded_ns = _heeded_ns(timeline, f"{life.unit}#{life.incarnation}")
    found = [
        each
        for each in _refusals(timeline)
        if _ended(life, exit_, each.told) and heeded_ns <= each.told.t_ns + IN_FLIGHT_NS
    ]
    if not found:
        return None
    first = found[0]
    turn = first.turn
    if len(found) == 1:
        what = f"in {turn.start.cause} {turn.start.name}, whose {first.what} was refused ({first.reason[:60]})"
    else:
        causes = ", ".join(sorted({f"{each.turn.start.cause} {each.turn.start.name}" for each in found}))
        what = f"just after requests of {len(found)} turns were refused ({causes}): which of them ended it is not known"
    # Of some SDKs it is known that they end at that of a reminder.
    shown = sorted(found, key=lambda each: each.turn.start.cause != "reminder")[:MOST_SHOWN]
    return Seen(
        actor=turn.actor if len({each.turn.actor for each in found}) == 1 else "-",
        what=f"{turn.process} ended with code {exit_.code} {what}",
        events=(
            *sorted(
                (
                    *((each.turn.start, f"turn {each.turn.start.name}") for each in shown),
                    *((each.told, f"its {each.what} is refused") for each in shown),
                ),
                key=lambda event: event[0].t_ns,
            ),
            (exit_, f"exit code {exit_.code}"),
        ),
    )


def _heeded_ns(timeline: Timeline, process: str) -> int:
    """When that reached a process to which it reacted last: a turn's request, or the answer to one of its own.

    Its reaction itself may come much later, where the machine is busy, and says nothing of what it did not read yet.
    """
    heeded_ns = FAR_PAST_NS
    for turn in timeline.turns:
        if turn.process != process:
            continue
        asked = [
            *((each.start, each.end) for each in turn.saves),
            *((each.start, each.end) for each in turn.runtime_calls),
        ]
        came = [turn.start_ns, *(end.t_ns for _, end in asked if end is not None)]
        did = [start.t_ns for start, _ in asked] + ([turn.end_ns] if turn.ended in {"completed", "failed"} else [])
        did_ns = max(did, default=FAR_PAST_NS)
        heeded_ns = max([heeded_ns, *(t_ns for t_ns in came if t_ns <= did_ns)])
    return heeded_ns


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A turn that was never answered, and that its last request was refused: what it asked for, and the reason."""

    turn: Turn
    what: str
    told: ev.Event
    reason: str


def _refusals(timeline: Timeline) -> Iterator[_Refusal]:
    """What was refused in turns that were never answered.

    The save of a turn whose caller went away is laid to none; it is its own where no turn came after it.
    """
    latest: dict[tuple[str, str], Turn] = {}
    for turn in timeline.turns:
        latest[turn.process, turn.actor] = turn
        last = max(_refused(turn), key=lambda each: each.told.t_ns, default=None)
        if turn.ended not in {"killed", "lost"} or last is None:
            continue
        asked = (*(save.start for save in turn.saves), *(call.start for call in turn.runtime_calls))
        if all(start.t_ns < last.told.t_ns for start in asked):
            yield last
    for refusal in timeline.refusals:
        lost = latest.get((refusal.process, refusal.actor))
        if refusal.what == "save" and lost is not None and lost.ended == "lost":
            yield _Refusal(lost, "save", refusal, refusal.reason)


def _refused(turn: Turn) -> Iterator[_Refusal]:
    """What the sidecar refused of a turn's requests."""
    for save in turn.saves:
        if save.end is not None and refused(save.end):
            yield _Refusal(turn, "save", save.end, save.end.reason)
    for call in turn.runtime_calls:
        if call.end is not None and refused(call.end):
            yield _Refusal(turn, call.start.what, call.end, call.end.reason)


def _ended(life: Life, exit_: ev.UnitExited, event: ev.Event) -> bool:
    """Whether an event of a process may have ended it."""
    return event.process == f"{life.unit}#{life.incarnation}" and exit_.t_ns - LAST_NS <= event.t_ns <= exit_.t_ns


def _by_itself(_timeline: Timeline, life: Life, exit_: ev.UnitExited) -> Seen:
    return Seen(
        actor="-",
        what=f"{life.unit}#{life.incarnation} ended with code {exit_.code}, and nobody had asked it to",
        events=((exit_, f"exit code {exit_.code}"),),
    )


def _seen(timeline: Timeline, wanted: Kind) -> Iterator[Seen]:
    """The deaths of a kind; each is of the first kind that it can be."""
    for life, exit_ in _deaths(timeline):
        for kind in (_on_delete, _in_turn, _by_itself):
            if (seen := kind(timeline, life, exit_)) is not None:
                if kind is wanted:
                    yield seen
                break


ON_DELETE = Mistake(
    name="ends on a DELETE",
    remedy="answer the DELETE of any actor, and let no error of it end the process",
    find=lambda timeline, _: _seen(timeline, _on_delete),
)
IN_TURN = Mistake(
    name="ends in a turn that failed",
    remedy="let an error fail the turn, and not the process",
    find=lambda timeline, _: _seen(timeline, _in_turn),
)
BY_ITSELF = Mistake(
    name="ends by itself",
    remedy="see the last lines of its log",
    find=lambda timeline, _: _seen(timeline, _by_itself),
)
