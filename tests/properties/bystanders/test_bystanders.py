"""bystanders agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("bystanders"))


def test_a_history_with_gaps_shows_no_silence() -> None:
    events = Case("bystanders/bad/silenced--a-second-time-for-one-change").events()
    gap = next(at for at, event in enumerate(events) if isinstance(event, ev.TurnStarted))
    verdict = decide(Timeline(leave_out(events, gap.__eq__)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not whole" in reason for reason in verdict.missing)


def test_the_figures_of_a_change_are_those_of_its_bystanders() -> None:
    verdict = decide(Case("bystanders/good/silent-once").timeline())
    figures = {figure.name: figure.value for figure in verdict.figures}
    assert figures["kill host: longest silence of a bystander"] == pytest.approx(9.0)
    assert figures["kill host: answers in the 5 s before"] == pytest.approx(1.0)
    assert figures["kill host: answers in the 5 s after"] == 0.0


def test_a_silence_that_somebody_asked_into_by_way_of_the_struck_host_has_no_length() -> None:
    events = Case("bystanders/good/silent-once").events()
    struck = next(event.units[0].partition("/")[0] for event in events if isinstance(event, ev.FaultStarted))
    # One call of the silence goes by way of the host that it went by way of.
    through = [replace(e, via=struck) if isinstance(e, ev.Invoked) and e.op != "op-22" else e for e in events]
    figures = {figure.name for figure in decide(Timeline(through)).figures}
    assert "kill host: answers in the 5 s after" in figures
    assert "kill host: longest silence of a bystander" not in figures


def test_a_change_is_evidence_only_where_somebody_was_a_bystander() -> None:
    for name, losses in (("silent-once", 1), ("lives-on-the-struck-host", 0), ("the-store-was-down", 0)):
        evidence = {each.name: each.have for each in decide(Case(f"bystanders/good/{name}").timeline()).evidence}
        assert evidence["losses"] == losses
