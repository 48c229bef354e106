"""What becomes of many actors is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import History
from tests.properties.capacity.parts import write
from tests.properties.case import Case
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import thorough

many = thorough(200)


def test_a_stall_makes_a_late_deactivation_unknown() -> None:
    h = History()
    app = h.app("host-1")
    write(h, app, 1.0, "one")
    h.add(ev.Stalled, 10.0, late_ns=400_000_000)
    h.close(90.0)
    verdict = verdict_on(h.timeline(), free("capacity"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert [doubt.anomaly for doubt in verdict.doubts] == ["kept active"]


def test_what_an_actor_costs_in_memory() -> None:
    history = Case("capacity/good/it-goes-and-comes-back").timeline()
    figures = {figure.name: figure.value for figure in verdict_on(history, free("capacity")).figures}
    assert figures["memory of host/app for each of 1 actors"] == 4


def test_without_evidence_it_is_unknown() -> None:
    history = Case("capacity/good/it-goes-and-comes-back").timeline()
    assert verdict_on(history, CATALOGUE.terms("capacity", "quick")).outcome is Outcome.UNKNOWN
