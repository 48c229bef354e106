"""Turns that an application's own settings or answers belie."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.application.mistake import S_NS, Limits, Mistake, Seen
from actorproof.properties.views.timeline import FAR_FUTURE_NS, Timeline, Turn

BORNE = ("save", "register-reminder", "register-timer")


def _longer_than_idle(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    """Turns that ran into the idle time-out by their own length; what the runtime kept waiting is not theirs."""
    told: set[str] = set()
    for turn in timeline.turns:
        idle_ns = timeline.idle_ns(turn.actor) or FAR_FUTURE_NS
        end = turn.end or timeline.loss(turn.id)
        method = f"{turn.actor.partition('/')[0]}.{turn.start.name}"
        own_ns = turn.end_ns - turn.start_ns - _waited_ns(turn)
        if end is None or method in told or own_ns < idle_ns - limits["idle_slack_s"] * S_NS:
            continue
        told.add(method)
        yield Seen(
            actor=turn.actor,
            what=f"{turn.start.name} took {own_ns / 1e9:.1f} s, and actorIdleTimeout is {idle_ns / 1e9:g} s, which"
            " counts from a turn's start and cancels it",
            events=((turn.start, f"turn {turn.start.name}"), (end, "its end")),
        )


def _waited_ns(turn: Turn) -> int:
    """How long the turn waited for its sidecar."""
    spans = [
        *((save.start.t_ns, save.end.t_ns if save.end else turn.end_ns) for save in turn.saves),
        *((call.start.t_ns, call.end.t_ns if call.end else turn.end_ns) for call in turn.runtime_calls),
    ]
    waited, until = 0, 0
    for start, end in sorted(spans):
        waited += max(0, end - max(start, until))
        until = max(until, end)
    return waited


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


def refused(save: ev.SaveEnded) -> bool:
    """Whether the sidecar answered that it did not save."""
    return not save.acknowledged and save.reason.startswith(("status-", "grpc-status"))


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
