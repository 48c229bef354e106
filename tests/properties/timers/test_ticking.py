from __future__ import annotations

from collections.abc import Sequence

import pytest

from actorproof.properties.views.ticks.ticking import Timer, gather
from tests.properties.builder import History, ns
from tests.properties.timers.parts import T, fire, register, unregister

S_NS = 1_000_000_000


def gathered(h: History) -> tuple[Sequence[Timer], Sequence[str]]:
    return gather(h.timeline())


def only(h: History) -> Timer:
    ((timer,), problems) = gathered(h)
    assert problems == []
    return timer


def test_what_was_asked_for() -> None:
    h = History()
    register(h, h.app("host-1"), 1.0, due_s=2.5, period_s=0.125, repetitions=7, data=[1])
    timer = only(h)
    assert (timer.actor, timer.name, timer.asked.data, timer.asked.callback) == (T, "t", [1], "tick")
    assert (timer.due_ns, timer.period_ns, timer.ticks) == (5 * S_NS // 2, S_NS // 8, 7)
    assert timer.registered is timer.registrations[0]


@pytest.mark.parametrize(
    ("period_s", "repetitions", "ticks"), [(None, None, 1), (None, 5, 1), (1.0, None, None), (1.0, 5, 5)]
)
def test_how_many_ticks(period_s: float | None, repetitions: int | None, ticks: int | None) -> None:
    h = History()
    register(h, h.app("host-1"), 1.0, period_s=period_s, repetitions=repetitions)
    assert only(h).ticks == ticks
    assert only(h).period_ns == (S_NS if period_s else 0)


def test_a_registration_that_failed_or_was_never_carried_is_not_known() -> None:
    h = History()
    register(h, h.app("host-1"), 1.0, completed=False)
    assert only(h).registered is None
    h = History()
    h.operation(T, 1.0, 1.1, name="start", args={"name": "t", "due_s": 1.0}, outcome="info")
    assert only(h).registered is None


def test_a_registration_that_two_turns_carried_is_not_known() -> None:
    h = History()
    one = h.app("host-1")
    op = register(h, one, 1.0)
    h.turn(T, one, 2.0, 2.1, op=op, name="start")
    assert [turn.start_ns for turn in only(h).registrations] == [ns(1.01), ns(2.0)]
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


def test_what_can_not_be_judged_is_said() -> None:
    h = History()
    one = h.app("host-1")
    h.operation(T, 1.0, 1.1, name="start", args={"name": "t", "due_s": "soon"}, op="odd")
    h.operation(T, 1.0, 1.1, name="stop", args={}, op="odder")
    register(h, one, 1.0, name="past", due_s=-0.1)
    register(h, one, 1.2, name="often", period_s=0.009)
    register(h, one, 1.4, name="now", due_s=0.0, period_s=0.01)
    timers, problems = gathered(h)
    assert [timer.name for timer in timers] == ["now"]
    assert problems == [
        "operation odd of Ticker/a: its arguments can't be read",
        "operation odder of Ticker/a: its arguments can't be read",
        "timer past of Ticker/a: due or period is too small to be judged",
        "timer often of Ticker/a: due or period is too small to be judged",
    ]
