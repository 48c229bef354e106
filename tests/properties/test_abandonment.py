"""When the drain, a caller or a leaving host gives up on a turn, to the instant."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.abandonment import Abandonment, drain_in_force_s
from tests.properties.builder import History, ns

A = "Counter/a"


@pytest.mark.parametrize(("more_ns", "gave_up"), [(0, True), (-1, False)])
def test_the_drain_gives_up_when_its_time_out_has_passed_since_the_table_changed(
    more_ns: int, *, gave_up: bool
) -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(10.0, 2, ["host-1"])
    h.turn(A, one, 9.0, 30.0)
    timeline = h.timeline()
    (turn,) = timeline.turns
    # The table is seen up to a second after it changed.
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert abandonment.by_drain(turn, ns(13.0) + more_ns) is gave_up


@pytest.mark.parametrize(
    ("version", "drain_s", "waits_s"),
    [
        ("1.16.9", 20.0, 20.0),
        ("1.17.0", 20.0, 8.0),
        ("1.17", 20.0, 8.0),
        ("1.18.2", 9.9, 9.9),
        ("1.18.2", 10.0, 8.0),
        ("1.edge.18", 20.0, 20.0),
    ],
)
def test_the_drain_time_out_that_is_in_force(version: str, drain_s: float, waits_s: float) -> None:
    h = History(version=version, drain_timeout_s=drain_s, dissemination_timeout_s=10.0)
    assert drain_in_force_s(h.timeline().run) == waits_s


def test_a_drain_that_is_off_waits_for_nobody() -> None:
    assert drain_in_force_s(History(drain_enabled=False).timeline().run) == 0.0
    assert drain_in_force_s(None) == 0.0


@pytest.mark.parametrize(
    ("outcome", "reason", "ended_s", "gave_up"),
    [
        ("info", "gave-up", 1.999, True),
        ("info", "gave-up", 2.0, False),
        ("info", "cut-off: reset", 1.5, True),
        ("info", "status-500", 1.5, False),
        ("ok", "gave-up", 1.5, False),
        ("info", "", None, False),
    ],
)
def test_a_caller_gives_up_before_its_turn_ends(
    outcome: ev.Outcome, reason: str, ended_s: float | None, *, gave_up: bool
) -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 0.9, ended_s, outcome=outcome, reason=reason)
    h.turn(A, one, 1.0, 2.0, op=op)
    h.turn(A, one, 3.0, 4.0, cause="timer")
    timeline = h.timeline()
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert [abandonment.by_caller(turn) for turn in timeline.turns] == [gave_up, False]


def test_a_caller_of_a_turn_that_never_ends_gives_up_before() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, None, op=h.operation(A, 0.9, 1.5, outcome="info", reason="gave-up"))
    timeline = h.timeline()
    assert Abandonment(timeline, observed_late_s=1.0).by_caller(timeline.turns[0])


def test_a_host_leaves_from_the_instant_that_its_sidecar_is_asked_to_end() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 5.0)
    h.signal("host-1/sidecar", 3.0, "SIGTERM")
    timeline = h.timeline()
    (turn,) = timeline.turns
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert [abandonment.by_leaving(turn, ns(3.0) - 1), abandonment.by_leaving(turn, ns(3.0))] == [False, True]


def test_every_version_of_the_table_is_a_change() -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(1.0, 2, ["host-1"])
    h.table(10.0, 3, ["host-1"])
    h.turn(A, one, 9.0, 30.0)
    timeline = h.timeline()
    assert Abandonment(timeline, observed_late_s=1.0).by_drain(timeline.turns[0], ns(13.0))


@pytest.mark.parametrize(("traits", "waits_s"), [((), 20.0), (("drain-honoured",), 8.0)])
def test_what_a_history_says_of_its_runtime_goes_before_its_version(traits: tuple[str, ...], waits_s: float) -> None:
    h = History(
        version="1.18.2" if not traits else "0.1", traits=traits, drain_timeout_s=20.0, dissemination_timeout_s=10.0
    )
    assert drain_in_force_s(h.timeline().run) == waits_s
