"""What failed turns leave is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.failed_turn.parts import Counting
from tests.properties.terms import CATALOGUE, free, verdict_on


def test_without_evidence_it_is_unknown() -> None:
    h = History()
    Counting(h, h.app("host-1")).fail()
    h.close(60.0)
    assert verdict_on(h.timeline(), CATALOGUE.terms("failed-turn", "quick")).outcome is Outcome.UNKNOWN


def test_a_history_with_gaps_shows_nothing() -> None:
    h = History()
    counting = Counting(h, h.app("host-1"))
    counting.add(1)
    counting.fail()
    counting.get(2)
    h.close(60.0)
    events = h.events()
    assert verdict_on(Timeline(events), free("failed-turn")).violations
    verdict = verdict_on(Timeline([*events[:2], *events[3:]]), free("failed-turn"))
    assert (verdict.outcome, len(verdict.missing)) == (Outcome.UNKNOWN, 1)
    assert {each.have for each in verdict.evidence} == {0}
