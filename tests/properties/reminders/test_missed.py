"""The fewest ticks that can have been missed are told, as trying every way to give turns to ticks finds them."""

from __future__ import annotations

from hypothesis import given

from tests.properties.builder import ns
from tests.properties.reminders.naive import S, deadline, fewest_missed
from tests.properties.reminders.opinion import BUDGET_S, LIMITS, OBSERVED_S, Drawn, drawn
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import thorough


@thorough(150)
@given(case=drawn())
def test_agrees_on_missed_ticks(case: Drawn) -> None:
    verdict = verdict_on(case.history.timeline(), free("reminders", **LIMITS))
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
