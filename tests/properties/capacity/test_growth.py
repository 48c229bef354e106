"""Growth is told against the number of actors that answered, with what each part of the cluster had resident then."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import Figure
from actorproof.properties.views.growth import growth
from tests.properties.builder import History
from tests.properties.capacity.parts import read, write
from tests.properties.terms import CATALOGUE, verdict_on

KIB = 1024


def filled(*, lost: int = 0) -> History:
    """Two actors, a pause, then two more; a look at two hosts before, in the pause and after."""
    h = History()
    app = h.app("host-1")
    for at_s, size in ((0.5, 50), (3.0, 54), (9.0, 62)):
        for unit in ("host-1/app", "host-2/app"):
            h.add(ev.MemoryObserved, at_s, unit=unit, resident_bytes=size * KIB)
    for number, at_s in enumerate((1.0, 1.2, 8.0, 8.5)):
        write(h, app, at_s, f"v{number}", actor=f"Register/c{number}", ok=number >= lost)
    h.close(90.0)
    return h


def test_each_step_has_the_actors_at_its_end_and_what_was_resident_then() -> None:
    h = filled()
    h.add(ev.MemoryObserved, 4.0, unit="store", resident_bytes=7)  # nobody had looked at it before
    found = growth(h.timeline(), most=2)
    assert found is not None
    assert found.actors == (2, 4)
    assert found.resident_bytes == {"host/app": (100 * KIB, 108 * KIB), "store": (None, 7)}


def test_a_pause_between_two_stages_is_no_slowness() -> None:
    found = growth(filled().timeline(), most=1)
    assert found is not None
    assert found.p50_ms == found.p99_ms == pytest.approx((100.0,))
    assert found.per_s == pytest.approx((10.0,))  # four calls of 0.1 s, one after the other


def test_what_was_not_answered_is_not_there() -> None:
    found = growth(filled(lost=1).timeline())
    assert found is not None
    assert found.actors[-1] == 3


def test_where_nothing_was_filled_nothing_grew() -> None:
    assert growth(History().timeline()) is None


def test_an_actor_has_its_share_of_what_grew_and_all_that_were_there_at_once_are_counted() -> None:
    h = filled()
    h.deactivate("Register/c0", "host-1/app#1", 30.0)
    verdict = verdict_on(h.timeline(), CATALOGUE.terms("capacity", "quick"))
    assert Figure(name="actors active at the same time", value=4, unit="") in verdict.figures
    assert Figure(name="memory of host/app for each of 4 actors", value=6.0, unit="KiB") in verdict.figures


def test_what_is_left_of_the_memory_when_all_were_put_away_is_told() -> None:
    h = filled()
    for number in range(4):
        h.deactivate(f"Register/c{number}", "host-1/app#1", 30.0 + number)
    for unit in ("host-1/app", "host-2/app"):
        h.add(ev.MemoryObserved, 38.0, unit=unit, resident_bytes=56 * KIB)
    read(h, "host-1/app#1", 40.0, "v0", actor="Register/c0")
    figures = verdict_on(h.timeline(), CATALOGUE.terms("capacity", "quick")).figures
    assert (
        Figure(name="memory of host/app left by each of 4 actors that were put away", value=3.0, unit="KiB") in figures
    )
