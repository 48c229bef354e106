"""The check agrees with a naive second implementation, and a weaker history is never worse than the whole one."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on
from tests.properties.timers.naive import Limits, S, broken
from tests.properties.timers.parts import T, fire, register, unregister
from tests.properties.weaker import leave_out, seeds, thorough, unsure, widened

BUDGET_S = 2.0
END_S = 30.0
# Turns begin at different hundredths of a second by what they are, and none is shorter than one.
TENTHS = st.integers(12, 250).map(lambda n: n / 10)
many = thorough(200)


def classes(timeline: Timeline) -> set[str]:
    verdict = verdict_on(timeline, free("timers", timer_budget_s=BUDGET_S))
    return set(verdict.classes)


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


@many
@given(history=drawn())
def test_agrees_on_every_class(history: History) -> None:
    limits = free("timers").limits
    naive = broken(
        history.events(),
        Limits(
            early=round(limits["early_slack_s"] * S),
            budget=round(BUDGET_S * S),
            on_its_way=round(limits["on_its_way_s"] * S),
        ),
    )
    assert classes(history.timeline()) == naive


@many
@given(history=drawn(), seed=seeds, share=st.sampled_from((0.05, 0.3, 0.7)))
def test_leaving_out_lines(history: History, seed: random.Random, share: float) -> None:
    events = history.events()
    weak = leave_out(events, lambda _: seed.random() < share)
    assert classes(Timeline(weak)) <= classes(Timeline(events))


@many
@given(history=drawn(), seed=seeds)
def test_widening_operations_and_forgetting_answers(history: History, seed: random.Random) -> None:
    events = history.events()
    before = classes(Timeline(events))
    assert classes(Timeline(widened(events, seed))) <= before
    assert classes(Timeline(unsure(events, seed))) <= before
