"""The check agrees with a naive second implementation, and a weaker history is never worse than the whole one."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns
from tests.properties.reminders.naive import S, classes, deadline, fewest_missed
from tests.properties.reminders.parts import fire, register, unregister
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import never_worse, seeds, shares, thorough

BUDGET_S = 4.0
REDELIVERY_S = 3.0
OBSERVED_S = 40.0
halves = st.integers(2, 60).map(lambda n: n / 2)
many = thorough(150)


def decide(timeline: Timeline) -> Verdict:
    terms = free("reminders", reminder_budget_s=BUDGET_S, redelivery_s=REDELIVERY_S)
    return verdict_on(timeline, terms)


def actors_of(verdict: Verdict) -> set[str]:
    return {violation.actor for violation in verdict.violations}


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


@many
@given(case=drawn())
def test_agrees_on_missed_ticks(case: Drawn) -> None:
    verdict = decide(case.history.timeline())
    faults = [(ns(start_s), ns(end_s)) for start_s, end_s in case.faults]
    until_ns = ns(OBSERVED_S) if case.stop_s is None else min(ns(OBSERVED_S), ns(case.stop_s) - 1)
    ticks = []
    for k in range(case.repetitions):
        earliest_ns, latest_ns = (ns(at_s + case.due_s + k * case.period_s) for at_s in (1.0, 1.25))
        if case.stop_s is not None and earliest_ns > ns(case.stop_s + 0.1) + S:
            break
        by_ns = deadline(latest_ns, faults, round(BUDGET_S * S))
        ticks.append((earliest_ns, by_ns, by_ns <= until_ns))
    missed = fewest_missed(ticks, [ns(at_s) for at_s in case.turns], rounding_ns=S)
    figures = {figure.name: figure.value for figure in verdict.figures}
    assert figures["ticks missed"] == missed
    assert verdict.classes.get("missed", 0) + verdict.classes.get("dropped after failed deliveries", 0) == missed
    undecided = any(
        not wanted and earliest_ns <= until_ns and (case.stop_s is None or case.stop_s >= OBSERVED_S)
        for earliest_ns, _, wanted in ticks
    )
    assert undecided or not verdict.missing


@many
@given(case=drawn())
def test_agrees_on_every_class(case: Drawn) -> None:
    verdict = decide(case.history.timeline())
    limits = free("reminders").limits
    expected = classes(
        case.history.events(),
        budget_ns=round(BUDGET_S * S),
        redelivery_ns=round(REDELIVERY_S * S),
        slack_ns=round(limits["unregister_slack_s"] * S),
        early_ns=round(limits["early_slack_s"] * S),
    )
    assert dict(verdict.classes) == expected


@many
@given(case=drawn(), seed=seeds, share=shares)
def test_a_weaker_history_breaks_no_more_actors(case: Drawn, seed: random.Random, share: float) -> None:
    never_worse(lambda timeline: actors_of(decide(timeline)), case.history.events(), seed=seed, share=share)
