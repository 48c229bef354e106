"""Turns that an application's own settings or answers belie."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.application.mistake import S_NS, Limits, Mistake, Seen
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.own_calls import OwnCalls


def _longer_than_idle(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    """Turns that ran into the idle time-out by their own length; what the runtime kept waiting is not theirs."""
    told: set[str] = set()
    own_calls = OwnCalls(timeline)
    for turn in timeline.turns:
        idle_ns = timeline.idle_ns(turn.actor) or FAR_FUTURE_NS
        longest_ns = idle_ns - limits["idle_slack_s"] * S_NS
        end = turn.end or timeline.loss(turn.id)
        method = f"{turn.actor.partition('/')[0]}.{turn.start.name}"
        if end is None or method in told or turn.end_ns - turn.start_ns < longest_ns:
            continue
        own_ns = _own_ns(timeline, own_calls, turn)
        if own_ns < longest_ns:
            continue
        told.add(method)
        yield Seen(
            actor=turn.actor,
            what=f"{turn.start.name} took {own_ns / 1e9:.1f} s, and actorIdleTimeout is {idle_ns / 1e9:g} s, which"
            " counts from a turn's start and cancels it",
            events=((turn.start, f"turn {turn.start.name}"), (end, "its end")),
        )


def _own_ns(timeline: Timeline, own_calls: OwnCalls, turn: Turn) -> int:
    """How long a turn's own code ran for certain: not while its process stood still, nor from where something was asked
    for that may be the turn's, and whose answer is not told of.
    """
    life = timeline.life_of(turn.process)
    whose = {turn.actor, ""}  # a call to an actor names no caller
    asked = (each.t_ns for each in timeline.unattributed if each.process == turn.process and each.actor in whose)
    until_ns = min((t_ns for t_ns in asked if t_ns >= turn.start_ns), default=turn.end_ns)
    still = ((a, min(b, until_ns)) for a, b in (life.paused if life is not None else ()))
    stood_ns = sum(own_calls.own_code_ns(turn, a, b) for a, b in still if a < b)
    return own_calls.own_code_ns(turn, turn.start_ns, until_ns) - stood_ns


def _good_on_failure(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    """Turns that answered 200 although the sidecar had refused what they saved last, or although they have to fail."""
    del limits
    for turn in timeline.turns:
        if turn.ended != "completed" or turn.end is None:
            continue
        last = turn.saves[-1].end if turn.saves else None
        if turn.start.cause == "call" and timeline.fails(turn.actor, turn.start.name):
            yield Seen(
                actor=turn.actor,
                what=f"{turn.start.name} answered 200, and each call of it has to fail",
                events=((turn.start, f"turn {turn.start.name}"), (turn.end, "answered 200")),
            )
        # What is refused after the answer is work after the turn.
        elif last is not None and refused(last) and last.t_ns <= turn.end_ns:
            yield Seen(
                actor=turn.actor,
                what=f"{turn.start.name} answered 200 although its save was refused ({last.reason[:60]})",
                events=((turn.start, f"turn {turn.start.name}"), (last, "refused"), (turn.end, "answered 200")),
            )


def refused(end: ev.SaveEnded | ev.RuntimeCallEnded) -> bool:
    """Whether the sidecar answered that it did not do what it was asked for."""
    return end.reason.startswith(("status-", "grpc-status"))


LONGER_THAN_IDLE = Mistake(
    name="idle time-out shorter than its longest turn",
    remedy="set actorIdleTimeout to more than the longest turn takes",
    find=_longer_than_idle,
)
GOOD_ON_FAILURE = Mistake(
    name="200 on failure",
    remedy="let the error out of the method, so that the SDK answers 500 and the caller knows",
    find=_good_on_failure,
)
