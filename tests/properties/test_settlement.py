from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.problems import Problem
from actorproof.properties.views.settlement import untouched
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns

A = "Counter/a"


def history() -> History:
    h = History()
    one = h.app("host-1")
    h.call(A, one, 1.0, 2.0)
    twice = h.operation(A, 3.0, 5.0)
    h.turn(A, one, 3.1, 3.5, op=twice, completed=False)
    h.turn(A, one, 4.0, 4.5, op=twice)
    h.operation(A, 6.0, 7.0, outcome="info", reason="deadline", op="lost")
    h.operation(A, 6.0, 7.0, outcome="info", action="register-reminder", op="registration")
    carried = h.operation(A, 8.0, 9.0, outcome="info", reason="deadline")
    h.turn(A, one, 8.5, 9.5, op=carried)
    return h


def test_an_info_call_that_no_turn_carried_settles_once_the_run_is_closed() -> None:
    h = history()
    assert untouched(h.timeline()) == ()
    h.close(20.0)
    assert [o.id for o in untouched(h.timeline())] == ["lost"]


def test_a_gap_settles_nothing() -> None:
    h = history()
    h.close(20.0)
    events = [event for event in h.events() if not (event.process == "harness" and event.seq == 1)]
    assert untouched(Timeline(events)) == ()


def test_a_refused_call_that_a_turn_carried_contradicts_itself() -> None:
    h = history()
    assert h.timeline().problems == []
    op = h.operation(A, 10.0, 10.1, outcome="fail", reason="refused")
    h.turn(A, "host-1/app#1", 10.2, 10.3, op=op)
    h.turn(A, "host-1/app#1", 10.4, 10.5, op=op, turn="later")
    said = "operation op-4 was refused before its first byte was sent, yet turn turn-5 ran it"
    assert h.timeline().problems == [Problem("contradiction", said)]


def test_a_journal_that_is_not_there() -> None:
    h = History()
    one = h.app("host-1")
    h.call(A, one, 1.0, 2.0)
    h.start("host-2/app", 1.0)
    h.add(ev.UnitStarted, 1.0, unit="host-3/app", incarnation=1, pid=7)  # it was never ready
    assert h.timeline().problems == [Problem("gap", "the journal of host-2/app#1 is missing")]


def test_a_turn_that_answered_and_stands_in_no_journal() -> None:
    h = History()
    h.call(A, h.app("host-1"), 1.0, 2.0)
    h.operation(A, 3.0, 4.0, turn="gone")
    h.operation(A, 3.0, 4.0, outcome="info", turn="doubtful")
    h.operation(A, 5.0, 6.0, turn="gone, too")
    said = "calls were answered by turns that stand in no journal: 2, first gone"
    assert h.timeline().problems == [Problem("gap", said)]


@pytest.mark.parametrize(
    ("from_s", "to_s", "stalled"),
    [
        (1.0, 2.0, False),
        (3.0, 3.74, False),
        (3.0, 3.75, True),
        (4.6, 4.7, True),
        (5.0, 6.0, True),
        (5.1, 6.0, False),
        (9.0, 9.49, False),
        (9.0, 9.5, True),
    ],
)
def test_stalls(from_s: float, to_s: float, stalled: bool) -> None:  # noqa: FBT001
    h = History()
    h.add(ev.Stalled, 1.5, late_ns=249_999_999)
    h.add(ev.Stalled, 5.0, late_ns=1_000_000_000)
    h.add(ev.Stalled, 10.0, late_ns=250_000_000)
    assert stalled_between(h.timeline(), ns(from_s), ns(to_s)) is stalled


def test_a_step_of_the_wall_clock_is_a_stall() -> None:
    h = History()
    h.add(ev.WallStepped, 5.0, step_ns=-1)
    assert stalled_between(h.timeline(), ns(4.0), ns(4.75))
    assert stalled_between(h.timeline(), ns(5.0), ns(6.0))
    assert not stalled_between(h.timeline(), ns(1.0), ns(4.74))
    assert not stalled_between(h.timeline(), ns(5.1), ns(6.0))
