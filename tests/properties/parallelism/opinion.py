"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion
from tests.properties.parallelism.parts import call, slow
from tests.properties.placement.naive import S, calm
from tests.properties.placement.parts import settled


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


def held_up(verdict: Verdict, _: list[ev.Event]) -> Counter[str]:
    """The actors of calls that were held up."""
    return Counter(violation.actor for violation in verdict.violations)


# When a call was sent is what this guarantee goes by: one that was sent earlier did wait longer.
OPINION = Opinion(
    guarantee="parallelism", histories=histories(), shown=held_up, naive=naive, is_of_cases=False, widens=False
)
