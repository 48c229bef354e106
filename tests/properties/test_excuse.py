from __future__ import annotations

import pytest

from actorproof.properties.views.timeline import FAR_FUTURE_NS, Timeline, Turn
from actorproof.properties.views.turns.excuse import Excuses, possible_end_ns, proven_end_ns
from tests.properties.builder import History, ns

A = "Counter/a"


def turn_of(timeline: Timeline, id_: str) -> Turn:
    found = timeline.turn(id_)
    assert found is not None
    return found


def test_a_turn_ran_until_its_end() -> None:
    h = History()
    turn = h.turn(A, h.app("host-1"), 1.0, 4.0)
    h.save(turn, [("k", "1")], 5.0, 6.0)
    timeline = h.timeline()
    assert proven_end_ns(timeline, turn_of(timeline, turn)) == ns(4.0)
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == ns(4.0)


@pytest.mark.parametrize(("saved_s", "proven_s"), [(None, 3.0), (4.0, 4.0)])
def test_without_an_end_its_saves_prove_how_long_it_ran(saved_s: float | None, proven_s: float) -> None:
    h = History()
    turn = h.turn(A, h.app("host-1"), 1.0, None)
    h.save(turn, [("k", "1")], 3.0, saved_s)
    h.save(turn, [("k", "2")], 2.5, None)
    h.turn("Counter/b", "host-1/app#1", 9.0, 9.5)
    part, whole = Timeline(h.events(), numbered=False), h.timeline()
    assert proven_end_ns(part, turn_of(part, turn)) == ns(proven_s)
    assert proven_end_ns(whole, turn_of(whole, turn)) == ns(9.5)  # else its end would stand before that


def test_an_open_turn_may_go_on_until_its_application_dies() -> None:
    h = History()
    one = h.app("host-1")
    turn, other = h.turn(A, one, 1.0, None), h.turn("Counter/b", "host-2/app", 1.0, None)
    timeline = h.timeline()
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == FAR_FUTURE_NS
    assert possible_end_ns(timeline, turn_of(timeline, other)) == FAR_FUTURE_NS
    h.signal("host-1/app", 5.0, "SIGKILL")
    timeline = h.timeline()  # not reaped yet
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == ns(5.0)
    h.turn("Counter/c", one, 5.1, 5.2)  # a line that was under way when the signal was sent
    h.exit("host-1/app", 6.0)
    timeline = h.timeline()
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == ns(5.2)


def clause(h: History) -> str | None:
    first, second = h.turn(A, "host-1/app#1", 1.0, 9.0), h.turn(A, "host-2/app#1", 5.0, 7.0)
    timeline = h.timeline()
    excuses = Excuses(timeline)
    found = excuses.clause(turn_of(timeline, first), turn_of(timeline, second))
    under_way = excuses.under_way(turn_of(timeline, first), ns(5.0))
    assert found == under_way
    return found


def applications() -> History:
    h = History()
    h.app("host-1", sidecar=False)
    h.app("host-2", sidecar=False)
    return h


def test_a_host_whose_sidecar_is_not_known_is_not_orphaned() -> None:
    assert clause(applications()) is None


@pytest.mark.parametrize(("starts_s", "expected"), [(0.5, "orphaned"), (1.0, "orphaned"), (1.1, None)])
def test_orphaned_by_the_sidecar_that_it_began_under(starts_s: float, expected: str | None) -> None:
    h = applications()
    h.start("host-1/sidecar", starts_s)
    h.kill("host-1/sidecar", 3.0)
    h.start("host-1/sidecar", 4.0)
    assert clause(h) == expected


@pytest.mark.parametrize(("died_s", "expected"), [(5.0, "orphaned"), (5.1, None)])
def test_orphaned_only_before_the_later_turn_began(died_s: float, expected: str | None) -> None:
    h = applications()
    h.start("host-1/sidecar", 0.0)
    h.kill("host-1/sidecar", died_s)
    assert clause(h) == expected


@pytest.mark.parametrize(
    ("from_s", "to_s", "expected"),
    [(0.2, 0.9, None), (0.2, 1.0, "orphaned"), (3.0, 4.0, "orphaned"), (5.0, 6.0, "orphaned"), (5.1, 6.0, None)],
)
def test_orphaned_by_a_sidecar_that_was_stopped(from_s: float, to_s: float, expected: str | None) -> None:
    h = applications()
    h.start("host-1/sidecar", 0.0)
    h.pause("host-1/sidecar", from_s, to_s)
    assert clause(h) == expected


@pytest.mark.parametrize(
    ("unit", "from_s", "to_s", "expected"),
    [
        ("host-1/app", 2.0, 4.9, None),
        ("host-1/app", 2.0, 5.0, "frozen"),
        ("host-1/app", 7.0, 8.0, "frozen"),
        ("host-1/app", 7.1, 8.0, None),
        ("host-2/app", 6.0, 6.5, "frozen"),
        ("host-2/app", 3.0, 4.9, None),
    ],
)
def test_frozen_while_both_ran(unit: str, from_s: float, to_s: float, expected: str | None) -> None:
    h = applications()
    h.pause(unit, from_s, to_s)
    first, second = h.turn(A, "host-1/app#1", 1.0, 9.0), h.turn(A, "host-2/app#1", 5.0, 7.0)
    timeline = h.timeline()
    assert Excuses(timeline).clause(turn_of(timeline, first), turn_of(timeline, second)) == expected
