"""What is known of one timer: whose it is, until when it was able to fire, and what it had before it."""

from __future__ import annotations

import pytest

from actorproof.properties.guarantees.ticks.timers.course import TimerCourse, TimerCourses
from actorproof.properties.views.ticks.ticking import gather
from actorproof.properties.views.timeline import FAR_FUTURE_NS
from tests.properties.builder import History, ns
from tests.properties.timers.parts import T, fire, register, unregister

# What `register` at 1 s makes: the turn, from 1.01 s on.
DONE_S = 1.09


def history() -> tuple[History, str, str]:
    h = History()
    return h, h.app("host-1"), h.app("host-2")


def found(h: History) -> TimerCourse | None:
    timeline = h.timeline()
    return TimerCourses(timeline).of(gather(timeline)[0][0])


def course(h: History) -> TimerCourse:
    made = found(h)
    assert made is not None
    return made


@pytest.mark.parametrize(("at_s", "known"), [(1.0, False), (DONE_S, False), (1.1, True)])
def test_an_instance_that_was_over_when_its_turn_was_has_no_timer(at_s: float, *, known: bool) -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.deactivate(T, one, at_s)
    assert (found(h) is not None) is known


@pytest.mark.parametrize(
    ("from_s", "to_s", "known"),
    [
        (0.5, 1.0, True),
        (0.5, 1.01, False),
        (0.5, 3.0, False),
        (DONE_S, 3.0, False),
        (1.1, 3.0, True),
    ],
)
def test_whose_a_timer_is_when_two_instances_are_in_use(from_s: float, to_s: float, *, known: bool) -> None:
    h, one, two = history()
    register(h, one, 1.0)
    h.call(T, two, from_s, to_s, name="ping", margin_s=0.0)
    assert (found(h) is not None) is known


def test_another_actors_instances_are_no_matter() -> None:
    h, one, two = history()
    register(h, one, 1.0)
    h.call("Ticker/b", two, 0.5, 3.0, name="ping")
    assert course(h).later == []


def test_later_instances_are_those_after_it() -> None:
    h, one, two = history()
    h.call(T, two, 0.5, 0.6, name="ping")
    register(h, one, 1.0)
    h.call(T, one, 2.0, 2.1, name="ping")
    h.call(T, one, 3.0, 3.1, name="ping", instance=2)
    h.call(T, two, 4.0, 4.1, name="ping", instance=2)
    assert [(o.process, o.number) for o in course(h).later] == [(one, 2), (two, 2)]


def test_its_turns_are_its_own_or_strays() -> None:
    h, one, two = history()
    register(h, one, 1.0, period_s=1.0)
    own = [fire(h, one, 2.1), fire(h, one, 3.2)]
    strays = [fire(h, one, 5.0, instance=2), fire(h, two, 6.0)]
    made = course(h)
    assert [turn.id for turn in made.own] == own
    assert [turn.id for turn in made.strays] == strays


def test_it_waits_for_the_other_turns_of_its_actor() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    fire(h, one, 2.0, for_s=1.0)
    h.call(T, one, 4.0, 6.0, name="ping", margin_s=0.0)
    h.turn("Ticker/b", one, 6.0, 7.0)
    assert course(h).free.between(ns(2.0), ns(7.0)) == ns(5.0) - ns(2.0)


@pytest.mark.parametrize(
    ("what", "until_s"),
    [
        ("nothing", 60.0),
        ("deactivated", 10.0),
        ("application killed", 11.0),
        ("sidecar killed", 12.0),
        ("application asked to end", 13.0),
        ("sidecar asked to end", 14.0),
        ("used elsewhere", 15.0),
        ("used elsewhere twice", 15.0),
        ("unregistered", 17.0),
        ("unregistered by another call", 18.0),
        ("all", 10.0),
    ],
)
def test_until_when_it_was_able_to_fire(what: str, until_s: float) -> None:
    h, one, two = history()
    register(h, one, 1.0)
    if what in {"deactivated", "all"}:
        h.deactivate(T, one, 10.0)
    if what in {"application killed", "all"}:
        h.kill("host-1/app", 11.0)
    if what in {"sidecar killed", "all"}:
        h.kill("host-1/sidecar", 12.0)
    if what == "application asked to end":
        h.signal("host-1/app", 13.0, "SIGTERM")
    if what == "sidecar asked to end":
        h.signal("host-1/sidecar", 14.0, "SIGTERM")
    if "elsewhere" in what or what == "all":
        h.call(T, two, 15.0, 15.1, name="ping", margin_s=0.0)
    if what == "used elsewhere twice":
        h.call(T, one, 16.0, 16.1, name="ping", instance=2)
    if what in {"unregistered", "all"}:
        unregister(h, one, 17.0)
    if what == "unregistered by another call":
        h.operation(T, 18.0, 19.0, name="stop", args={"name": "t"}, outcome="info")
    h.close(60.0)
    assert course(h).until_ns() == ns(until_s)


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        (set(), (None, "")),
        ({"deactivated"}, (ns(12.0), "its deactivation")),
        ({"killed"}, (ns(11.0), "the death of its application")),
        ({"elsewhere"}, (ns(10.0), "the next activation's first turn")),
        ({"deactivated", "killed"}, (ns(11.0), "the death of its application")),
        ({"deactivated", "killed", "elsewhere"}, (ns(10.0), "the next activation's first turn")),
    ],
)
def test_when_its_instance_was_over(what: set[str], gone: tuple[int | None, str]) -> None:
    h, one, two = history()
    register(h, one, 1.0)
    if "elsewhere" in what:
        h.call(T, two, 10.0, 10.1, name="ping", margin_s=0.0)
    if "killed" in what:
        h.kill("host-1/app", 11.0)
    if "deactivated" in what:
        h.deactivate(T, one, 12.0)
    h.close(60.0)
    assert course(h).gone() == gone


@pytest.mark.parametrize(("end_s", "seen"), [(12.0, False), (12.1, True)])
def test_what_happened_at_the_end_of_the_run_is_not_seen(end_s: float, *, seen: bool) -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.deactivate(T, one, 12.0)
    h.close(end_s)
    assert (course(h).gone()[0] is not None) is seen


@pytest.mark.parametrize(
    ("what", "unnoticed"),
    [
        (set(), False),
        ({"app"}, True),
        ({"app", "deactivated"}, False),
        ({"app", "away"}, False),
        ({"app", "sidecar", "between"}, False),
        ({"app", "sidecar", "with the last"}, False),
        ({"app", "sidecar", "after the last"}, True),
    ],
)
def test_a_sidecar_that_takes_no_notice(what: set[str], *, unnoticed: bool) -> None:
    h, one, two = history()
    register(h, one, 1.0, period_s=1.0)
    if "app" in what:
        h.kill("host-1/app", 4.0)
        assert not course(h).unnoticed()  # nothing came after that
    again = h.app("host-1", 5.0, sidecar=False)
    fire(h, again, 6.0)
    fire(h, again, 6.5)
    fire(h, two if "away" in what else again, 8.0)
    if "deactivated" in what:
        h.deactivate(T, one, 3.0)
    if "sidecar" in what:
        h.kill("host-1/sidecar", {"between": 7.0, "with the last": 8.0}.get((what - {"app", "sidecar"}).pop(), 8.1))
    assert course(h).unnoticed() is unnoticed


def test_of_units_that_nobody_wrote_of_nothing_is_known() -> None:
    h = History()
    h.open("host-1/app#1", 0.0)
    h.open("host-2/app#1", 0.0)
    register(h, "host-1/app#1", 1.0)
    fire(h, "host-2/app#1", 5.0)
    h.close(60.0)
    made = course(h)
    assert not made.unnoticed()
    assert made.until_ns() == ns(5.0)
    assert made.gone() == (ns(5.0), "the next activation's first turn")


def test_a_sidecar_that_nobody_wrote_of_may_have_lived_on() -> None:
    h = History()
    one = h.app("host-1", sidecar=False)
    register(h, one, 1.0)
    h.kill("host-1/app", 4.0)
    fire(h, h.app("host-1", 5.0, sidecar=False), 6.0)
    assert course(h).unnoticed()


@pytest.mark.parametrize(("at_s", "more"), [(2.0, True), (3.1, True), (3.2, False), (9.0, False)])
def test_repetitions_that_are_left(at_s: float, *, more: bool) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=2)
    fire(h, one, 2.1)
    fire(h, one, 3.2)
    assert course(h).has_more(ns(at_s)) is more


@pytest.mark.parametrize(("at_s", "more"), [(4.5, True), (4.51, False), (9.0, False)])
def test_time_to_live_that_is_left(at_s: float, *, more: bool) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, ttl_s=3.5)
    assert course(h).has_more(ns(at_s)) is more


def test_the_next_tick() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=2.0, period_s=4.0)
    assert course(h).next_due_ns() == ns(DONE_S + 2.0)
    fire(h, one, 3.1, for_s=0.5)
    assert course(h).next_due_ns() == ns(7.6)
    fire(h, one, 8.0, for_s=0.5, completed=False)
    assert course(h).next_due_ns() == ns(12.5)
    h.turn(T, one, 13.0, None, cause="timer", name="t", callback="tick")
    assert course(h).next_due_ns() == ns(17.0) < FAR_FUTURE_NS
