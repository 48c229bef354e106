"""failover agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import itertools

import pytest
from msgspec import structs

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out

from .naive import broken


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("failover"))


def test_a_history_with_gaps_shows_no_silence() -> None:
    events = Case("failover/bad/late--after-the-budget").events()
    gap = next(at for at, event in enumerate(events) if isinstance(event, ev.TurnStarted))
    verdict = decide(Timeline(leave_out(events, gap.__eq__)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not whole" in reason for reason in verdict.missing)


def test_the_parts_of_a_failover_add_up_to_its_slowest_answer() -> None:
    figures = {
        figure.name: figure.value for figure in decide(Case("failover/good/answers-elsewhere").timeline()).figures
    }
    parts = [value for name, value in figures.items() if "of it" in name]
    assert len(parts) == 3
    assert sum(parts) == pytest.approx(figures["kill host: time to answer elsewhere, slowest"])


def test_a_loss_is_evidence_only_where_each_actor_could_be_judged() -> None:
    for name, count in (
        ("good/answers-elsewhere", 1),
        ("good/another-fault-comes", 0),
        ("bad/late--after-the-budget", 1),
    ):
        evidence = {each.name: each.have for each in decide(Case(f"failover/{name}").timeline()).evidence}
        assert evidence["losses_host"] == count


@pytest.mark.parametrize("earlier_s", [1.2, 9.95])
def test_turns_on_the_host_after_a_fault_began_and_before_it_took_effect_are_no_answers(earlier_s: float) -> None:
    events = Case("failover/bad/late--after-the-budget").events()
    (began,) = (event for event in events if isinstance(event, ev.FaultStarted))
    slow = structs.replace(began, t_ns=began.t_ns - round(earlier_s * 1e9))
    moved = sorted((slow if event is began else event for event in events), key=lambda event: event.t_ns)
    numbers = itertools.count()
    moved = [structs.replace(event, seq=next(numbers)) if event.process == began.process else event for event in moved]
    between = [event for event in moved if isinstance(event, ev.TurnStarted) and slow.t_ns < event.t_ns < began.t_ns]
    assert between
    found = decide(Timeline(moved))
    assert [(each.anomaly, each.actor) for each in found.violations] == [
        (each.anomaly, each.actor) for each in decide(Timeline(events)).violations
    ]
    assert broken(moved) == broken(events)
