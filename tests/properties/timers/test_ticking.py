from __future__ import annotations

from collections.abc import Sequence

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.ticks.ticking import Timer, gather
from tests.properties.builder import History, ns
from tests.properties.timers.parts import T, fire, register, unregister


def gathered(h: History) -> tuple[Sequence[Timer], Sequence[str]]:
    return gather(h.timeline())


def test_everything_finds_its_own_timer() -> None:
    h = History()
    one = h.app("host-1")
    h.call(T, one, 0.5, 0.6, name="start-over")
    h.operation("Counter/a", 0.5, 0.6, name="start", args={"name": "t", "due_s": 1.0})
    h.operation(T, 0.5, 0.6, action="register-reminder", name="start", args={"name": "t", "due_s": 1.0})
    unregister(h, one, 0.7, name="u")
    register(h, one, 1.0)
    register(h, one, 1.2, name="u")
    fire(h, one, 2.1, name="u")
    fire(h, one, 2.2, name="unknown")
    fire(h, one, 3.1, name="u")
    h.turn(T, one, 4.0, 4.1, cause="reminder", name="u")
    h.turn("Ticker/b", one, 5.0, 5.1, cause="timer", name="u")
    timers, problems = gathered(h)
    assert problems == []
    assert [
        (timer.name, [turn.start_ns for turn in timer.firings], [stop.start_ns for stop in timer.stops])
        for timer in timers
    ] == [("t", [], []), ("u", [ns(2.1), ns(3.1)], [ns(0.7)])]


def only(h: History) -> Timer:
    ((timer,), problems) = gathered(h)
    assert problems == []
    return timer


def test_a_registration_that_failed_or_was_never_carried_is_not_known() -> None:
    h = History()
    register(h, h.app("host-1"), 1.0, completed=False)
    assert only(h).registered is None
    h = History()
    h.operation(T, 1.0, 1.1, name="start", args={"name": "t", "due_s": 1.0}, outcome="info")
    assert only(h).registered is None


def test_a_timer_that_two_calls_registered_is_not_known() -> None:
    h = History()
    one = h.app("host-1")
    register(h, one, 1.0)
    register(h, one, 2.0)  # so soon that its turns can't be told from the first one's
    register(h, one, 3.0, name="u")
    timers, problems = gathered(h)
    assert [(timer.name, timer.once, timer.registered is None) for timer in timers] == [
        ("t", False, True),
        ("u", True, False),
    ]
    assert timers[0].asked.due_s == 1.0
    assert problems == ["timer t of Ticker/a was registered twice, and can't be told apart: it is not judged"]


def test_when_somebody_first_asked_to_stop_it() -> None:
    h = History()
    one = h.app("host-1")
    register(h, one, 1.0)
    assert only(h).asked_to_stop_ns is None
    h.operation(T, 2.0, 2.1, name="stop", args={"name": "t"}, outcome="fail")
    assert only(h).asked_to_stop_ns is None
    h.operation(T, 3.0, 9.1, name="stop", args={"name": "t"}, outcome="info")
    unregister(h, one, 4.0)
    unregister(h, one, 5.0, name="another")
    assert only(h).asked_to_stop_ns == ns(3.0)
    assert [stop.start_ns for stop in only(h).stops] == [ns(2.0), ns(3.0), ns(4.0)]


@pytest.mark.parametrize(("known", "unseen"), [(True, False), (True, True), (False, False)])
def test_an_application_s_own_timer_is_known_by_the_turn_that_asked_for_it(*, known: bool, unseen: bool) -> None:
    h = History()
    one = h.app("host-1")
    for at_s, data in ((1.0, "one"), (9.0, "two")):
        asked = h.turn("Order/1", one, at_s, at_s + 0.9)
        client, args = asked if known else "nobody", {"due_s": 5.0, "data": data}
        h.operation("Order/1", at_s + 0.1, at_s + 0.2, action="register-timer", name="t", args=args, client=client)
    if unseen:
        h.add(ev.Unattributed, 5.0, process=one, actor="Order/1", what="unregister-timer", name="t", open=2)
    timers, _ = gathered(h)
    assert [timer.registered is not None for timer in timers] == ([True, True] if known and not unseen else [False])


@pytest.mark.parametrize(("data", "due_s", "apart"), [("aba", 2.9, False), ("abc", 2.9, True), ("aba", 3.0, True)])
def test_timers_of_one_name_are_told_apart_by_what_they_carry_or_by_when_they_are_due(
    data: str, due_s: float, *, apart: bool
) -> None:
    h = History()
    one = h.app("host-1")
    for at_s, each in enumerate(data, start=1):
        register(h, one, 10.0 * at_s, due_s=due_s, data=each)
    timers, problems = gathered(h)
    assert (len(timers), len(problems)) == ((3, 0) if apart else (1, 1))


def test_timers_of_one_name_stand_in_the_order_of_the_turns_that_registered_them() -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(T, 1.0, 9.2, name="start", args={"name": "t", "due_s": 5.0, "data": "late"})
    register(h, one, 2.0, due_s=5.0, data="soon")
    h.turn(T, one, 9.0, 9.1, op=op, name="start")
    assert [timer.asked.data for timer in gathered(h)[0]] == ["soon", "late"]
