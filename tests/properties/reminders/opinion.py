"""Random histories of one reminder, and what a naive implementation says of them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.opinion import Opinion
from tests.properties.reminders.naive import S, classes
from tests.properties.reminders.parts import fire, register, unregister
from tests.properties.terms import free

BUDGET_S = 4.0
REDELIVERY_S = 3.0
OBSERVED_S = 40.0
LIMITS = {"reminder_budget_s": BUDGET_S, "redelivery_s": REDELIVERY_S}
halves = st.integers(2, 60).map(lambda n: n / 2)
Told = set[tuple[str, int]]


@dataclass(frozen=True)
class Drawn:
    """A history with one reminder, and the numbers that it was made of."""

    history: History
    due_s: float
    period_s: float
    repetitions: int
    stop_s: float | None
    faults: list[tuple[float, float]]
    turns: list[float]


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    h = History()
    one = h.app("host-1")
    due_s, period_s = draw(st.sampled_from((0.5, 2.0, 20.0))), draw(st.sampled_from((1.0, 3.0, 7.0)))
    repetitions = draw(st.integers(1, 6))
    register(h, 1.0, 1.25, due_s=due_s, period_s=period_s, repetitions=repetitions)
    faults = []
    for _ in range(draw(st.integers(0, 2))):
        from_s = draw(halves)
        faults.append((from_s, from_s + draw(st.sampled_from((0.5, 3.0, 9.0)))))
        h.fault("kill", "scheduler-0", *faults[-1], units=["scheduler-0"])
    stop_s = draw(st.none() | halves.map(lambda s: s + 0.6))
    if stop_s is not None:
        unregister(h, stop_s, stop_s + 0.1)
    usual = draw(st.booleans())
    failing_s = draw(halves) + 0.2
    turns = [1.3 + due_s + k * period_s for k in range(repetitions) if usual and draw(st.integers(0, 5))]
    turns += [draw(halves) + 0.3 for _ in range(draw(st.integers(0, 3)))]
    for at_s in sorted(turns):
        fire(h, one, at_s)
    for at_s in draw(st.lists(halves, max_size=4)):
        fire(h, one, at_s + 0.15, completed=False, data=draw(st.sampled_from((None,) * 9 + (1,))))
    for number in range(draw(st.sampled_from((0, 0, 3, 4, 5)))):
        fire(h, one, failing_s + number / 50, completed=False)
    h.close(OBSERVED_S)
    return Drawn(h, due_s, period_s, repetitions, stop_s, faults, sorted(turns))


def naive(events: list[ev.Event]) -> Told:
    """Each class, and how often."""
    limits = free("reminders").limits
    found = classes(
        events,
        budget_ns=round(BUDGET_S * S),
        redelivery_ns=round(REDELIVERY_S * S),
        slack_ns=round(limits["unregister_slack_s"] * S),
        early_ns=round(limits["early_slack_s"] * S),
    )
    return set(found.items())


def counted(verdict: Verdict, _: list[ev.Event]) -> Told:
    """The same, of the check."""
    return set(verdict.classes.items())


# There is one actor: a weaker history may break it in another way, or more often, but not at all where it was well.
OPINION = Opinion(
    guarantee="reminders",
    histories=drawn().map(lambda case: case.history),
    shown=counted,
    naive=naive,
    same=lambda _: "broken",
    examples=150,
    is_of_cases=False,
    limits=LIMITS,
)
