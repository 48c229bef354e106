"""mailbox-order: one caller's calls to an actor, each sent when the one before was answered, run in that order.

A call that was answered within `patience_s`, while nothing disturbed the cluster (see `epoch`), must not have a turn
that begins behind a turn of its caller's next call: nobody had a reason to repeat it. Dapr repeats a call a second
later at the soonest, so one that was answered sooner was not repeated; a caller that gave up, or got no answer, does
not know what it did, and what it sends next is not in sequence.

Dapr promises no order between callers, so the rest is a figure. When a call arrives at its owner can't be seen; but one
that was sent `arrival_s` before another has arrived before it, where nothing is disturbed. Counted are the calls that
waited for that long, and those of them that one which was sent so much later overtook. A runtime that serves the
latest call first breaks no promise, and shows here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.cluster.epoch import NS, Epochs
from actorproof.properties.views.records import FAR_PAST_NS, Operation, Turn, ref
from actorproof.properties.views.timeline import Timeline

BEHIND = "behind a later call"
Call = tuple[Operation, list[Turn]]
"""A call and its turns, of which it has one at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A call that was answered, its last turn, and the first turn of what its caller sent to the actor afterwards."""

    call: Operation
    last: Turn
    later: Operation
    first: Turn

    @property
    def in_order(self) -> bool:
        return self.last.start_ns <= self.first.start_ns  # at one instant: nobody can say


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every call that its caller sent another one after, with one bisection each."""
    epochs = Epochs(timeline, terms)
    patience_ns = round(terms.limits["patience_s"] * NS)
    judged = [
        pair
        for pair in pairs(timeline)
        if pair.call.end_ns - pair.call.start_ns < patience_ns
        and epochs.within(pair.call.start_ns, max(pair.last.start_ns, pair.first.start_ns))
    ]
    return Findings(
        violations=[_violation(timeline, pair) for pair in judged if not pair.in_order],
        evidence={"calls_in_sequence": len(judged)},
        opportunities={BEHIND: len(judged)},
        figures=_overtaken(timeline, epochs, arrival_ns=round(terms.limits["arrival_s"] * NS)),
    )


GUARANTEE = Guarantee(id="mailbox-order", check=check)


def pairs(timeline: Timeline) -> Iterator[Pair]:
    """Every answered call that its caller sent another one to the same actor after; both had turns."""
    for actor, operations in timeline.operations_by_actor.items():
        of_caller: dict[str, list[Call]] = defaultdict(list)
        for operation in operations:
            turns = [turn for turn in operation.turns if turn.actor == actor]
            if turns and operation.start.action == "call":
                of_caller[operation.start.client].append((operation, turns))
        for sent in of_caller.values():
            yield from _in_sequence(sent)


def _in_sequence(sent: Sequence[Call]) -> Iterator[Pair]:
    """One caller's calls to one actor, in order of their beginning."""
    # The call with the earliest turn of all that were sent from here on.
    backwards = accumulate(reversed(sent), _sooner)
    earliest = list(backwards)[::-1]
    for operation, turns in sent:
        if operation.outcome != "ok":
            continue
        after = bisect_left(sent, operation.end_ns, key=lambda call: call[0].start_ns)
        if after < len(sent):
            later, first = earliest[after]
            yield Pair(call=operation, last=turns[-1], later=later, first=first[0])


def _sooner(later: Call, call: Call) -> Call:
    """The one of two calls whose turn began first."""
    return call if call[1][0].start_ns <= later[1][0].start_ns else later


def _violation(timeline: Timeline, pair: Pair) -> Violation:
    call, later = pair.call, pair.later
    events = [
        ref(call.start, "call"),
        ref(later.start, "the next call"),
        ref(pair.first.start, "turn of the next call"),
        ref(pair.last.start, "turn of the first call"),
    ]
    if call.end is not None:
        events.append(ref(call.end, "answer"))
    return timeline.violation(
        anomaly=BEHIND,
        actor=call.start.actor,
        summary=(
            f"{call.start.client} had the answer to {call.start.name} when it sent {later.start.name}, and a turn of"
            f" the former began {(pair.last.start_ns - pair.first.start_ns) / NS:.3f} s after one of the latter"
        ),
        events=events,
        spans=(
            *(
                Span(lane=call.start.client, label=each.start.name, start_ns=each.start_ns, end_ns=each.end_ns)
                for each in (call, later)
                if each.end is not None
            ),
            *(
                Span(
                    lane=turn.process,
                    label=turn.start.name,
                    start_ns=turn.start_ns,
                    end_ns=min(turn.end_ns, timeline.last_ns),
                )
                for turn in (pair.first, pair.last)
            ),
        ),
        at_ns=pair.last.start_ns,
    )


def _overtaken(timeline: Timeline, epochs: Epochs, *, arrival_ns: int) -> list[Figure]:
    """How many calls waited for their turn, and how many of them a later one overtook."""
    waited = overtaken = 0
    for turns in timeline.turns_by_actor.values():
        latest_ns = FAR_PAST_NS
        seen: set[str] = set()
        for turn in turns:
            called = epochs.called(turn)
            # A turn that a chain came to was sent by an actor.
            if called is None or called[1].start.actor != turn.actor or called[1].id in seen:
                continue
            seen.add(called[1].id)
            sent_ns = called[1].start_ns
            if turn.start_ns - sent_ns >= arrival_ns:
                waited += 1
                overtaken += latest_ns - sent_ns >= arrival_ns
            latest_ns = max(latest_ns, sent_ns)
    return [
        Figure(name="calls that waited for their turn", value=waited, unit="calls"),
        Figure(name="of these, overtaken by a later one", value=overtaken, unit="calls"),
    ]
