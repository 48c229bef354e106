"""What failed turns leave is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import History
from tests.properties.failed_turn.parts import Counting
from tests.properties.terms import CATALOGUE, verdict_on


def test_without_evidence_it_is_unknown() -> None:
    h = History()
    Counting(h, h.app("host-1")).fail()
    h.close(60.0)
    assert verdict_on(h.timeline(), CATALOGUE.terms("failed-turn", "quick")).outcome is Outcome.UNKNOWN
