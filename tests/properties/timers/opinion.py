"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.opinion import Opinion
from tests.properties.terms import free
from tests.properties.timers.naive import Limits, S, broken
from tests.properties.timers.parts import T, fire, register, unregister

BUDGET_S = 2.0
END_S = 30.0
# Turns begin at different hundredths of a second by what they are, and none is shorter than one.
TENTHS = st.integers(12, 250).map(lambda n: n / 10)


@st.composite
def drawn(draw: st.DrawFn) -> History:
    """One actor with one timer and no faults; turns don't overlap."""
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    due_s, period_s = draw(st.sampled_from((0.5, 2.0, 8.0))), draw(st.sampled_from((None, 1.0, 3.0)))
    repetitions = draw(st.sampled_from((None, 1, 3))) if period_s else None
    register(h, one, 1.0, due_s=due_s, period_s=period_s, repetitions=repetitions)
    gone_s = draw(st.none() | TENTHS)
    taken: list[tuple[float, float]] = [(0.0, 1.12)]

    def fits(at_s: float, for_s: float) -> bool:
        free_then = all(at_s + for_s + 0.05 < start_s or end_s + 0.05 < at_s for start_s, end_s in taken)
        if free_then:
            taken.append((at_s, at_s + for_s))
        return free_then

    stop_s = draw(st.none() | TENTHS)
    if stop_s is not None and fits(stop_s, 0.1):
        late = gone_s is not None and stop_s > gone_s
        unregister(h, one, stop_s, instance=2 if late else 1)
    for _ in range(draw(st.integers(0, 2))):
        at_s, for_s = draw(TENTHS) + 0.01, draw(st.sampled_from((0.4, 3.0)))
        if fits(at_s, for_s) and (gone_s is None or not at_s <= gone_s <= at_s + for_s):
            late = gone_s is not None and at_s > gone_s
            h.call(T, one, at_s, at_s + for_s, name="ping", instance=2 if late else 1, margin_s=0.0)
    usual = draw(st.booleans())
    at_s = 1.13 + due_s
    times: list[tuple[float, float, bool, bool]] = []
    for _ in range(draw(st.integers(0, 6)) if usual else 0):
        for_s = draw(st.sampled_from((0.02, 0.6)))
        times.append((at_s, for_s, draw(st.integers(0, 3)) > 0, False))
        at_s += (0.0 if draw(st.integers(0, 4)) == 0 else for_s) + (period_s or 3.0) + 0.02
    odd = draw(st.lists(st.tuples(TENTHS, st.booleans(), st.booleans()), max_size=3))
    times += [(found_s + 0.03, 0.02, completed, away) for found_s, completed, away in odd]
    for from_s, for_s, completed, away in sorted(times):
        if from_s + for_s < END_S - 1.0 and fits(from_s, for_s):
            late = gone_s is not None and from_s > gone_s
            if gone_s is not None and from_s <= gone_s <= from_s + for_s:
                continue
            process = two if away and late else one
            instance = 2 if late and process == one else 1
            fire(h, process, round(from_s, 2), for_s=for_s, completed=completed, instance=instance)
    if gone_s is not None:
        h.deactivate(T, one, gone_s + 0.005)
    h.close(END_S)
    return h


def naive(events: list[ev.Event]) -> set[str]:
    """The classes that are found."""
    limits = {name[:-2]: round(seconds * S) for name, seconds in free("timers").limits.items()}
    return broken(
        events, Limits(early=limits["early_slack"], budget=round(BUDGET_S * S), on_its_way=limits["on_its_way"])
    )


OPINION = Opinion(
    guarantee="timers",
    histories=drawn(),
    shown=lambda verdict, _: set(verdict.classes),
    naive=naive,
    is_of_cases=False,
    limits={"timer_budget_s": BUDGET_S},
)
