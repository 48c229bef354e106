from __future__ import annotations

import pytest

from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.cluster.route import Route
from tests.properties.builder import History, S, ns

HOSTS = {"host-1", "host-2"}


def route(h: History, *, dissemination_s: float = 8.0, drain_s: float = 4.0, wake_s: float = 15.0) -> Route:
    return Route(
        h.timeline(),
        dissemination_ns=round(dissemination_s * S),
        drain_ns=round(drain_s * S),
        wake_ns=round(wake_s * S),
    )


def running() -> History:
    """Two hosts from the start."""
    h = History()
    h.app("host-1")
    h.app("host-2")
    return h


def third(h: History) -> Join:
    (join,) = [join for join in joins(h.timeline()) if join.host == "host-3"]
    return join


@pytest.mark.parametrize(
    ("exits_s", "starts_s", "settled"), [(None, 15.0, True), (5.0, 15.0, True), (17.0, 18.0, False), (5.0, 6.0, True)]
)
def test_an_application_may_start_before_its_sidecar(exits_s: float | None, starts_s: float, *, settled: bool) -> None:
    """A table waits for both; an earlier life that ended since the last table that counts was a change of its own."""
    h = running()
    if exits_s is not None:
        h.start("host-3/app", min(1.0, exits_s) if exits_s == 5.0 else 15.0)
        h.kill("host-3/app", exits_s)
    h.start("host-3/app", starts_s)
    h.start("host-3/sidecar", 20.0)
    assert route(h).settled(third(h), ns(19.0)) is settled


@pytest.mark.parametrize(
    ("at_s", "settled"), [(6.9, True), (7.0, False), (7.1, False), (19.0, False), (19.7, False), (19.8, True)]
)
def test_a_join_is_settled_when_no_other_host_came_or_went_around_it(at_s: float, *, settled: bool) -> None:
    h = running()
    h.app("host-9", 1.0)
    h.kill("host-9/app", at_s, reaped_after_s=0.0)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0)) is settled


def test_the_control_plane_may_come_and_go() -> None:
    h = running()
    h.start("placement-0", 18.0)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0))


@pytest.mark.parametrize(("ready_s", "settled"), [(14.9, False), (15.0, True), (19.0, True), (19.1, False)])
def test_a_join_that_is_over_disturbs_no_more(ready_s: float, *, settled: bool) -> None:
    h = running()
    h.start("host-9/app", 15.0)
    h.start("host-9/sidecar", 14.0 if ready_s < 15.0 else 15.0, ready_s=ready_s)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0)) is settled


def test_a_host_may_have_lived_before() -> None:
    h = running()
    h.app("host-9", 1.0)
    h.kill("host-9/app", 2.0)
    h.kill("host-9/sidecar", 2.0)
    h.app("host-9", 15.0)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0))


def test_an_application_without_a_sidecar_is_never_ready() -> None:
    h = running()
    h.app("host-9", 15.0, sidecar=False)
    h.app("host-3", 20.0)
    assert not route(h).settled(third(h), ns(19.0))


@pytest.mark.parametrize(("exits_s", "settled"), [(19.75, False), (19.76, True)])
def test_what_ends_as_the_join_may_begin_is_not_part_of_it(exits_s: float, *, settled: bool) -> None:
    h = running()
    h.start("host-3/app", 15.0)
    h.exit("host-3/app", exits_s)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0)) is settled


def test_a_host_that_left_and_came_back_had_left() -> None:
    h = running()
    h.start("host-9/app", 1.0)
    h.kill("host-9/app", 15.0)
    h.start("host-9/sidecar", 16.0)
    h.app("host-3", 20.0)
    assert not route(h).settled(third(h), ns(19.0))


def clear(h: History, start_s: float = 19.0, end_s: float = 25.0) -> bool:
    h.app("host-3", 20.0)
    return route(h).clear(third(h), HOSTS, ns(start_s), ns(end_s))


def test_nothing_is_clear() -> None:
    assert clear(running())


@pytest.mark.parametrize(("at_s", "expected"), [(3.9, True), (4.0, False), (25.0, False), (25.1, True)])
def test_a_crash_anywhere_disturbs_for_a_wake(at_s: float, *, expected: bool) -> None:
    h = running()
    h.start("scheduler-0", 0.0)
    h.exit("scheduler-0", at_s, code=2, expected=False)
    assert clear(h) is expected


@pytest.mark.parametrize(
    ("from_s", "to_s", "expected"), [(1.0, 3.9, True), (1.0, 4.0, False), (25.0, 26.0, False), (25.1, 26.0, True)]
)
def test_a_fault_disturbs_from_its_start_until_a_wake_after_its_heal(
    from_s: float, to_s: float, *, expected: bool
) -> None:
    h = running()
    h.fault("cut", "host-9>store", from_s, to_s, links=["host-9>store"])
    assert clear(h) is expected


@pytest.mark.parametrize(
    ("verb", "units", "expected"),
    [
        ("add", ["host-9/app"], True),
        ("remove", ["host-9/app", "host-9/sidecar"], True),
        ("terminate", ["host-9/app"], True),
        ("kill", ["host-9/app"], False),
        ("terminate", ["host-1/app"], False),
        ("terminate", ["host-9/app", "host-2/app"], False),
        ("terminate", ["store"], False),
    ],
)
def test_hosts_off_the_route_may_come_and_go(verb: str, units: list[str], *, expected: bool) -> None:
    h = running()
    h.fault("terminate", "host-9", 20.0, 21.0, units=["host-9/app"])
    h.fault(verb, "one", 20.0, 21.0, units=units)
    assert clear(h) is expected


def test_a_calm_verb_that_touches_links_is_not_calm() -> None:
    h = running()
    h.fault("remove", "host-9", 20.0, 21.0, units=["host-9/app"], links=["host-9>app"])
    assert not clear(h)


@pytest.mark.parametrize("unit", ["host-1/app", "host-2/sidecar"])
@pytest.mark.parametrize(("at_s", "expected"), [(18.9, True), (19.0, False), (25.0, False), (25.1, True)])
def test_hosts_of_the_route_have_to_live(unit: str, at_s: float, *, expected: bool) -> None:
    h = running()
    h.kill(unit, at_s)
    assert clear(h) is expected


def test_nor_may_they_be_stopped_the_new_one_included() -> None:
    for unit, expected in (("host-1/app", False), ("host-9/app", True)):
        h = running()
        h.app("host-9")
        h.pause(unit, 24.0, 30.0)
        assert clear(h) is expected
    h = running()
    h.app("host-3", 20.0)
    h.pause("host-3/app", 24.0, 30.0)
    assert not route(h).clear(third(h), HOSTS, ns(19.0), ns(25.0))


@pytest.mark.parametrize(
    ("lost_s", "back_s", "expected"),
    [
        (5.0, 18.9, True),
        (5.0, 19.0, False),
        (25.0, 26.0, False),
        (25.1, 26.0, True),
        (24.0, None, False),
    ],
)
def test_placement_streams_of_the_route_have_to_stand(lost_s: float, back_s: float | None, *, expected: bool) -> None:
    for answers in (True, False):
        h = running()
        h.sidecar(1.0, "host-1")
        h.sidecar(lost_s, "host-1", answers=answers, placement=not answers)
        h.sidecar(lost_s + 0.01, "host-9", placement=False)
        if back_s is not None:
            h.sidecar(back_s, "host-1")
        assert clear(h) is expected


@pytest.mark.parametrize(("lost_s", "expected"), [(27.7, False), (27.75, True)])
def test_a_stream_that_is_lost_when_dissemination_is_over_is_the_drains_own_doing(
    lost_s: float, *, expected: bool
) -> None:
    h = running()
    h.sidecar(lost_s, "host-1", placement=False)
    assert clear(h, end_s=40.0) is expected


@pytest.mark.parametrize(
    ("from_s", "to_s", "expected"), [(5.5, 6.0, False), (7.0, 9.0, True), (11.0, 11.5, False), (13.0, 25.0, True)]
)
def test_a_stream_may_be_lost_again(from_s: float, to_s: float, *, expected: bool) -> None:
    h = running()
    for lost_s, back_s in ((5.0, 6.0), (10.0, 12.0)):
        h.sidecar(lost_s, "host-1", placement=False)
        h.sidecar(back_s, "host-1")
    assert clear(h, from_s, to_s) is expected


def test_a_fault_that_is_long_over_hides_no_other() -> None:
    h = running()
    h.fault("cut", "host-9>store", 1.0, 2.0, links=["host-9>store"])
    assert clear(h)
    h = running()
    h.fault("cut", "host-9>store", 1.0, 2.0, links=["host-9>store"])
    h.fault("cut", "host-9>store", 20.0, 21.0, links=["host-9>store"])
    assert not clear(h)


def test_a_host_without_units_has_none_that_end() -> None:
    h = History()
    h.app("host-1")
    assert clear(h)


def test_when_an_instance_was_told_to_end() -> None:
    h = running()
    turn = h.turn("Sleeper/a", "host-1/app#1", 1.0, 9.0)
    other = h.turn("Sleeper/b", "host-1/app#1", 1.0, 9.0)
    h.deactivate("Sleeper/a", "host-1/app#1", 3.0)
    h.deactivate("Sleeper/a", "host-1/app#1", 4.0)
    h.deactivate("Sleeper/a", "host-2/app#1", 5.0)
    timeline = h.timeline()
    found = [timeline.turn(id_) for id_ in (turn, other)]
    asked = route(h)
    assert [asked.deactivated(one) for one in found if one is not None] == [[ns(3.0), ns(4.0)], []]


@pytest.mark.parametrize(("asked_s", "settled"), [(19.7, False), (19.8, True)])
def test_a_host_leaves_when_it_is_asked_to(asked_s: float, *, settled: bool) -> None:
    h = running()
    h.app("host-9", 1.0)
    h.signal("host-9/sidecar", asked_s, "SIGTERM")
    h.exit("host-9/sidecar", 30.0, code=0)
    h.app("host-3", 20.0)
    assert route(h).settled(third(h), ns(19.0)) is settled
