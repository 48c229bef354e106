"""failover agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out, thorough

many = thorough(120)


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
