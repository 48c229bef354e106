"""Random histories, and how often calls were executed in them, as a naive loop over the events counts it."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion

A = "Counter/a"
Counts = set[tuple[str, float]]


def naive(events: list[ev.Event]) -> Counts:
    """How many calls had each number of turns, four and more together, and how many turns were too many."""
    carried = [turn.op for turn in of(events, ev.TurnStarted)]
    turns = [carried.count(call.op) for call in of(events, ev.Invoked) if call.action == "call"]
    times = Counter(min(4, count) for count in turns)
    surplus = sum(count - 1 for count in turns if count)
    return {(str(count), times[count]) for count in range(5)} | {("surplus", surplus), ("by cause", surplus)}


def counted(verdict: Verdict, _: list[ev.Event]) -> Counts:
    """The same, as the figures say it."""
    figures = {figure.name: figure.value for figure in verdict.figures}
    times = [value for name, value in figures.items() if name.startswith("calls executed")]
    by_cause = sum(value for name, value in figures.items() if name.startswith("surplus turns: "))
    told = {(str(count), value) for count, value in enumerate(times)}
    return told | {("surplus", figures["surplus turns"]), ("by cause", by_cause)}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A few calls of up to six turns each."""
    h = History()
    one = h.app("host-1")
    for number in range(draw(st.integers(0, 6))):
        at_s = 10.0 * (number + 1)
        op = h.operation(A, at_s, at_s + 9.0, outcome=draw(st.sampled_from(("ok", "info"))))
        for turn in range(draw(st.integers(0, 6))):
            h.turn(A, one, at_s + 1 + turn, at_s + 1.5 + turn, op=op)
    h.close(200.0)
    return h


# It promises nothing: a count of a weaker history is another one, and no worse.
OPINION = Opinion(
    guarantee="executions", histories=histories(), shown=counted, naive=naive, same=lambda _: None, examples=100
)
