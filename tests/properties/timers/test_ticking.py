from __future__ import annotations

from collections.abc import Sequence

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
