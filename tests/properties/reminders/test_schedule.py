from __future__ import annotations

from math import inf

import pytest

from actorproof.properties.views.ticks.schedule import Plan, Reminder, plan
from tests.properties.builder import History, ns
from tests.properties.reminders.parts import fire, register, unregister


def planned(h: History) -> Plan:
    return plan(h.timeline())


def only(h: History) -> Reminder:
    made = planned(h)
    assert made.problems == ()
    ((reminder),) = made.reminders
    return reminder


@pytest.mark.parametrize(
    ("fields", "most", "least"),
    [
        ({"period_s": 1.0}, inf, inf),
        ({"period_s": 1.0, "repetitions": 5}, 5, 5),
        ({"repetitions": 5}, 1, 1),
        ({"period_s": 1.0, "repetitions": 1}, 1, 1),
        ({"period_s": 1.0, "repetitions": 0}, inf, 0),
        ({"period_s": 1.0, "repetitions": 0, "ttl_s": 3.5}, 4, 0),
        ({"repetitions": 0}, 1, 1),
        ({"period_s": 1.0, "ttl_s": 3.5}, 4, 2),
        ({"period_s": 1.0, "ttl_s": 3.95}, 5, 2),
        ({"period_s": 1.0, "ttl_s": 3.94}, 4, 2),
        ({"period_s": 1.0, "ttl_s": 3.05}, 4, 2),
        ({"period_s": 1.0, "ttl_s": 3.04}, 4, 1),
        ({"period_s": 1.0, "ttl_s": 2.05}, 3, 1),
        ({"period_s": 1.0, "ttl_s": 2.04}, 3, 0),
        ({"period_s": 1.0, "ttl_s": 0.0}, 1, 0),
        ({"ttl_s": 2.05}, 1, 1),
        ({"ttl_s": 2.04}, 1, 0),
        ({"ttl_s": 2.049999999}, 1, 0),
        ({"period_s": 1.0, "repetitions": 3, "ttl_s": 90.0}, 3, 3),
        ({"period_s": 1.0, "repetitions": 90, "ttl_s": 3.5}, 4, 2),
    ],
)
def test_how_many_ticks(fields: dict[str, float], most: float, least: float) -> None:
    h = History()
    register(h, 1.0, 1.1, **fields)  # type: ignore[arg-type]
    reminder = only(h)
    assert (reminder.most, reminder.least) == (most, least)


def test_of_reminders_that_were_registered_at_the_same_time_no_tick_is_wanted_until_one_comes_after_them() -> None:
    h = History()
    one = h.app("host-1")
    register(h, 1.0, 2.1)
    register(h, 2.0, 2.2)
    fire(h, one, 4.1)
    register(h, 5.0, 5.1)
    register(h, 9.0, None)
    register(h, 12.0, 12.1)
    made = planned(h)
    assert made.problems == ()
    wanted = [each.asked_to_stop_ns is None or each.asked_to_stop_ns > each.latest_ns for each in made.reminders]
    assert wanted == [False, False, True, False, False]
    assert [each.contested for each in made.reminders] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("ended_s", "data", "alike"),
    [(1.1, "aab", [False, True, True]), (1.1, "aba", [False, False, False]), (2.1, "aba", [False, False, True])],
    ids=["the one before was", "another stood in between", "another may have stood in between"],
)
def test_a_reminder_is_like_one_that_may_still_have_stood(ended_s: float, data: str, alike: list[bool]) -> None:
    h = History()
    for at_s, end_s, each in zip((1.0, 2.0, 5.0), (ended_s, 2.2, 5.1), data, strict=True):
        register(h, at_s, end_s, data=each)
    assert [each.alike for each in planned(h).reminders] == alike


def test_a_reminder_is_stopped_by_what_came_first() -> None:
    h = History()
    register(h, 1.0, 1.1)
    unregister(h, 12.0, 12.1)
    register(h, 9.0, 9.1)
    stopped = planned(h).reminders[0].stopped
    assert stopped is not None
    assert stopped.start_ns == ns(9.0)


# The later one of both is due at 7.2 s.
@pytest.mark.parametrize(
    ("stop_s", "end_s", "told"), [(None, 60.0, True), (7.1, 60.0, False), (7.3, 60.0, True), (None, 7.1, False)]
)
def test_that_none_of_several_registered_at_once_fired_is_told_once_all_were_due(
    stop_s: float | None, end_s: float, *, told: bool
) -> None:
    h = History()
    register(h, 1.0, 2.1)
    register(h, 2.0, 2.2, due_s=5.0)
    if stop_s is not None:
        unregister(h, stop_s, stop_s + 0.1)
    h.close(end_s)
    assert bool(planned(h).problems) is told
