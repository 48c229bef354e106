"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion
from tests.properties.readers.make_cases import ACTOR, TRAITS, read

S = 10**9
ENOUGH = 5


def naive(events: list[ev.Event]) -> Counter[str]:
    """The actors of calls that were held up, from the sentences of the guarantee alone: ``get`` reads, ``add`` changes.

    Every turn ends.
    """
    turns = of(events, ev.TurnStarted)
    ends = {end.turn: end.t_ns for end in of(events, ev.TurnEnded)}
    answers = {end.op: end for end in of(events, ev.Completed)}
    writers = [turn for turn in turns if turn.name == "add"]

    def running(actor: str, at: int) -> list[ev.TurnStarted]:
        return [turn for turn in writers if turn.actor == actor and turn.t_ns <= at < ends[turn.turn]]

    held: list[str] = []
    alone: list[int] = []
    for call in (call for call in of(events, ev.Invoked) if call.name == "get"):
        mine = [turn for turn in turns if turn.op == call.op]
        if not mine and answers[call.op].outcome != "fail":
            return Counter()  # it may have run beside a writer
        for turn in mine[:1]:
            beside = running(call.actor, call.t_ns)
            if not beside:
                alone.append(turn.t_ns - call.t_ns)
                continue
            end = ends[beside[0].turn]
            if end - call.t_ns >= S and end <= turn.t_ns <= end + 0.3 * S and not crowded(events, call, end):
                held.append(call.actor)
    beside_one = any(running(turn.actor, turn.t_ns) for turn in turns if turn.name == "get")
    prompt = alone and 2 * sum(wait < S / 2 for wait in alone) >= len(alone)
    return Counter(held) if len(held) >= ENOUGH and prompt and not beside_one else Counter()


def crowded(events: list[ev.Event], call: ev.Invoked, until: int) -> bool:
    """Whether so many other calls as the host has slots for were ever under way while it waited."""
    slots = [int(trait[len("slots-") :]) for trait in of(events, ev.RunStarted)[0].traits or () if "slots-" in trait]
    answers = {end.op: end.t_ns for end in of(events, ev.Completed)}
    calls = of(events, ev.Invoked)
    instants = [each.t_ns for each in calls if call.t_ns <= each.t_ns <= until]
    most = max(sum(each.t_ns <= at <= answers[each.op] for each in calls) - 1 for at in instants)
    return any(most >= limit for limit in slots)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A slow turn, and calls that read its actor meanwhile: most of them wait for it."""
    h = History(traits=draw(st.sampled_from((TRAITS, TRAITS, TRAITS, (*TRAITS, "slots-6"), (*TRAITS, "slots-9")))))
    app = h.app("host-1")
    for number in range(draw(st.sampled_from((0, 2, 3, 4)))):
        waited_s = draw(st.sampled_from((0.05, 0.05, 0.05, 0.05, 0.5, 0.9)))
        read(h, app, 10.0 + number, 10.0 + number + waited_s)
    until_s = 20.0 + draw(st.integers(9, 40)) / 10
    h.turn(ACTOR, app, 20.0, until_s, op=h.operation(ACTOR, 19.9, until_s + 0.1, name="add"), name="add")
    for number in range(draw(st.sampled_from((5, 6, 8, 9)))):
        sent_s = draw(st.sampled_from((19.95, *(20.0,) * 8, *(until_s - left_s for left_s in (0.5, 1.0, 1.001, 1.5)))))
        after_s = draw(st.sampled_from((0.0, *(0.01,) * 20, 0.3, 0.301, 0.6)))
        read(h, app, max(sent_s, 19.95) + number / 10**4, until_s + after_s + number / 10**6)
    if draw(st.sampled_from((False,) * 5 + (True,))):
        read(h, app, 20.1, draw(st.sampled_from((20.2, until_s - 0.001))), turn=draw(st.booleans()))
    h.close(60.0)
    return h


def held_up(verdict: Verdict, _: list[ev.Event]) -> Counter[str]:
    """The actors of calls that were held up."""
    return Counter(violation.actor for violation in verdict.violations)


# When a call was sent is what this guarantee goes by: one that was sent earlier did wait longer.
OPINION = Opinion(guarantee="readers", histories=histories(), shown=held_up, naive=naive, widens=False)
