from __future__ import annotations

from math import inf

import pytest

from actorproof.properties.views.ticks.schedule import Plan, Reminder, plan
from actorproof.properties.views.timeline import FAR_FUTURE_NS
from tests.properties.builder import History, ns
from tests.properties.reminders.parts import R, fire, register, unregister

S_NS = 1_000_000_000


def planned(h: History) -> Plan:
    return plan(h.timeline())


def only(h: History) -> Reminder:
    made = planned(h)
    assert made.problems == ()
    ((reminder),) = made.reminders
    return reminder


def test_due_times_lie_within_the_registration() -> None:
    h = History()
    register(h, 1.0, 1.25, due_s=2.5, period_s=0.125)
    reminder = only(h)
    assert (reminder.actor, reminder.name) == (R, "tick")
    assert (reminder.earliest_ns, reminder.latest_ns) == (ns(3.5), ns(3.75))
    assert reminder.period_ns == S_NS // 8


def test_an_unanswered_registration_has_no_latest_due_time() -> None:
    h = History()
    register(h, 1.0, None)
    reminder = only(h)
    assert reminder.earliest_ns == ns(3.0)
    assert reminder.latest_ns > FAR_FUTURE_NS
    assert (reminder.period_ns, reminder.most, reminder.least) == (0, 1, 1)


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


def test_unregistrations() -> None:
    h = History()
    register(h, 1.0, 2.0)
    assert (only(h).asked_to_stop_ns, only(h).stopped) == (None, None)
    unregister(h, 1.5, 1.6, outcome="fail")
    assert only(h).asked_to_stop_ns is None
    unregister(h, 2.0, 2.5)  # it may have been too early
    assert (only(h).asked_to_stop_ns, only(h).stopped) == (ns(2.0), None)
    unregister(h, 3.0, 3.5, outcome="info")
    assert only(h).stopped is None
    unregister(h, 4.0, 4.5)
    unregister(h, 5.0, 5.5)
    reminder = only(h)
    assert len(reminder.unregistrations) == 5
    assert reminder.stopped is not None
    assert reminder.stopped.start_ns == ns(4.0)
    assert reminder.asked_to_stop_ns == ns(2.0)


def test_everything_finds_its_own_reminder() -> None:
    h = History()
    one = h.app("host-1")
    register(h, 1.0, 1.1, name="a")
    register(h, 1.0, 1.1, name="b")
    unregister(h, 5.0, 5.1, name="b")
    unregister(h, 5.0, 5.1, name="unknown")
    fire(h, one, 3.0, name="a")
    fire(h, one, 4.0, name="a")
    fire(h, one, 3.5, name="unknown")
    h.turn(R, one, 6.0, 6.1, cause="call", name="a")
    h.turn("Recorder/b", one, 7.0, 7.1, cause="reminder", name="a")
    made = planned(h)
    assert made.problems == ()
    assert [(r.name, len(r.unregistrations), [t.start_ns for t in r.firings]) for r in made.reminders] == [
        ("a", 0, [ns(3.0), ns(4.0)]),
        ("b", 1, []),
    ]


def test_what_can_not_be_judged_is_said() -> None:
    h = History()
    one = h.app("host-1")
    h.operation(R, 1.0, 1.1, action="register-reminder", name="odd", args={"due_s": "soon"})
    register(h, 1.0, 1.1, name="past", due_s=-0.1)
    register(h, 1.0, 1.1, name="often", period_s=0.009)
    register(h, 1.0, 1.1, name="now", due_s=0.0, period_s=0.01)
    register(h, 1.0, 1.1, name="refused", outcome="fail")
    fire(h, one, 4.0, name="refused")
    made = planned(h)
    assert [reminder.name for reminder in made.reminders] == ["now"]
    assert made.problems == (
        "reminder odd of Recorder/a: its arguments can't be read",
        "reminder past of Recorder/a: due or period is too small to be judged",
        "reminder often of Recorder/a: due or period is too small to be judged",
        "reminder refused of Recorder/a fired although its registration was refused",
    )


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
