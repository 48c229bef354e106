"""What another actor's turn held up is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.parallelism.parts import call, slow
from tests.properties.placement.naive import S, calm, of
from tests.properties.placement.parts import settled
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough, unsure

many = thorough(200)


def naive(events: list[ev.Event]) -> Counter[str]:
    """The actors of calls that were held up, from the sentences of the guarantee alone; every turn ends."""
    turns = of(events, ev.TurnStarted)
    ends = {end.turn: end.t_ns for end in of(events, ev.TurnEnded)}
    held: dict[str, list[str]] = defaultdict(list)
    for sent in of(events, ev.Invoked):
        own = [t for t in turns if t.op == sent.op]
        if not own or calm(events, sent.t_ns, own[0].t_ns) is None:
            continue
        (turn, *_) = own
        if any(t.actor == turn.actor and t.t_ns < turn.t_ns and ends[t.turn] >= sent.t_ns for t in turns):
            continue
        here = [t for t in turns if t.process == turn.process]
        for holder in here:
            end = ends[holder.turn]
            like = [t for t in here if t.actor.split("/")[0] == turn.actor.split("/")[0]]
            if (
                holder.actor != turn.actor
                and holder.t_ns <= sent.t_ns <= end - S
                and end <= turn.t_ns <= end + 0.3 * S
                and not any(sent.t_ns < t.t_ns < end for t in like)
            ):
                held[holder.turn].append(turn.actor)
                break
    return Counter(actor for actors in held.values() if len(set(actors)) > 1 for actor in actors)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Slow turns of two types, and calls of others that come beside them and wait or don't."""
    h, one, two = settled()
    if draw(st.booleans()):
        at_s = draw(st.integers(90, 260)) / 10
        h.fault("cut", "host-1>app", at_s, at_s + 0.1, links=["host-1>app"])
    for number in range(draw(st.integers(1, 3))):
        from_s = 20.0 + draw(st.integers(0, 20)) / 10
        slow(h, draw(st.sampled_from((one, one, two))), from_s, from_s + draw(st.integers(5, 40)) / 10 + number / 1000)
    for number in range(draw(st.integers(1, 6))):
        sent_s = 20.0 + draw(st.integers(0, 50)) / 10 + number / 997
        waited_s = draw(st.sampled_from((0.005, 0.9, 1.1, 2.0, 2.5)))
        actor = draw(st.sampled_from(("Counter/a", "Counter/b", "Sleeper/c")))
        call(h, draw(st.sampled_from((one, one, two))), sent_s, sent_s + waited_s, actor=actor)
    h.close(60.0)
    return h


def found(timeline: Timeline) -> Counter[str]:
    return Counter(violation.actor for violation in verdict_on(timeline, free("parallelism")).violations)


@given(history=histories())
@many
def test_a_naive_second_opinion(history: History) -> None:
    assert found(history.timeline()) == naive(history.events())


@given(history=histories(), seed=seeds)
@many
def test_a_weaker_history_is_never_worse(history: History, seed: random.Random) -> None:
    # Widened operations are no part of it: when a call was sent is what this guarantee goes by.
    events = history.events()
    whole = found(Timeline(events))
    assert not found(Timeline(unsure(events, seed))) - whole
    assert not found(Timeline(leave_out(events, lambda _: seed.random() < 0.1), numbered=False)) - whole


def crowded(others: int, *, answered: bool = True, slots: str = "slots-4") -> Counter[str]:
    """Two calls that a slow turn holds up while it, and `others` that wait for it too, are under way."""
    h, one, _ = settled(traits=(slots,) if slots else ())
    slow(h, one, 20.0, 23.0)
    for number in range(others):
        op = h.operation("Sleeper/slow", 20.1 + number / 100, 26.0 if answered else None, name="hold")
        h.turn("Sleeper/slow", one, 24.0 + number / 100, 24.005 + number / 100, op=op, name="hold")
    call(h, one, 20.5, 23.1, actor="Counter/a")
    call(h, one, 20.5, 23.15, actor="Counter/b")
    h.close(60.0)
    return found(h.timeline())


def test_a_call_that_finds_every_slot_of_a_host_taken_is_held_up_by_no_turn() -> None:
    both = Counter({"Counter/a": 1, "Counter/b": 1})
    # Beside a call there are the slow turn, the other call that is held up, and those that wait for the slow turn.
    assert crowded(1) == both
    assert crowded(2) == Counter()
    assert crowded(2, answered=False) == Counter()
    assert crowded(9, slots="") == both, "nothing limits how many calls this runtime works on"


def test_without_evidence_it_is_unknown() -> None:
    h, one, _ = settled()
    call(h, one, 20.0, 20.1)
    h.close(60.0)
    assert verdict_on(h.timeline(), CATALOGUE.terms("parallelism", "quick")).outcome is Outcome.UNKNOWN
