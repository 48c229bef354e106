from __future__ import annotations

import pytest

from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.timeline import FAR_FUTURE_NS, Timeline
from tests.properties.builder import History, ns

STALL_S = 0.25


def running() -> History:
    """Two hosts, whose cluster was ready at 5 s."""
    h = History()
    for unit in ("placement-0", "host-1/sidecar", "host-1/app", "host-2/sidecar", "host-2/app"):
        h.start(unit, 1.0)
    h.phase("ready", 5.0)
    return h


def found(h: History) -> list[Join]:
    return joins(h.timeline())


@pytest.mark.parametrize(
    ("app_s", "sidecar_s", "started_s"), [(10.0, 11.0, 11.0), (11.0, 10.0, 11.0), (10.0, 10.0, 10.0)]
)
def test_a_host_joins_when_both_of_its_parts_have_started(app_s: float, sidecar_s: float, started_s: float) -> None:
    h = running()
    h.start("host-3/app", app_s)
    h.start("host-3/sidecar", sidecar_s)
    h.table(started_s - 0.01, 2, ["host-1", "host-2", "host-3"])
    h.table(started_s + 1.0, 3, ["host-1", "host-2"])
    h.table(started_s + 2.0, 4, ["host-1", "host-2", "host-3"])
    h.table(started_s + 3.0, 5, ["host-1", "host-2", "host-3"])
    assert found(h) == [
        Join(
            host="host-3",
            process="host-3/app#1",
            not_before_ns=ns(started_s - STALL_S),
            seen_ns=ns(started_s + 2.0),
        )
    ]


def test_a_table_at_the_instant_of_the_start_may_list_it() -> None:
    h = running()
    h.app("host-3", 10.0)
    h.table(10.0, 2, ["host-3"])
    assert found(h)[0].seen_ns == ns(10.0)


def test_a_host_that_no_table_lists_is_not_seen() -> None:
    h = running()
    h.app("host-3", 10.0)
    h.table(11.0, 2, ["host-1", "host-2"])
    assert found(h)[0].seen_ns == FAR_FUTURE_NS


@pytest.mark.parametrize(("at_s", "joined"), [(5.0, 0), (5.1, 1)])
def test_a_host_that_starts_with_its_cluster_does_not_join(at_s: float, joined: int) -> None:
    h = running()
    h.app("host-3", at_s)
    assert len(found(h)) == joined


def test_a_cluster_that_is_never_ready_begins_with_its_history() -> None:
    h = running()
    events = [event for event in h.events() if type(event).__name__ != "PhaseReached"]
    assert [join.process for join in joins(Timeline(events, numbered=False))] == ["host-1/app#1", "host-2/app#1"]


def test_an_application_without_a_sidecar_does_not_join() -> None:
    h = running()
    h.app("host-3", 10.0, sidecar=False)
    h.app("host-4", 11.0)
    assert [join.host for join in found(h)] == ["host-4"]


def test_a_sidecar_that_was_over_when_the_application_started_is_another() -> None:
    for dead_s, joined in ((12.0, []), (12.1, ["host-3"])):
        h = running()
        h.start("host-3/sidecar", 10.0)
        h.kill("host-3/sidecar", dead_s)
        h.start("host-3/app", 12.0)
        assert [join.host for join in found(h)] == joined


def test_a_sidecar_that_starts_when_the_application_is_over_is_another() -> None:
    for sidecar_s, joined in ((12.0, []), (11.9, ["host-3"])):
        h = running()
        h.start("host-3/app", 10.0)
        h.kill("host-3/app", 12.0)
        h.start("host-3/sidecar", sidecar_s)
        assert [join.host for join in found(h)] == joined


def test_the_first_sidecar_that_outlives_the_start_is_its_own() -> None:
    h = running()
    h.kill("host-1/app", 6.0)
    h.kill("host-1/sidecar", 6.0)
    h.start("host-1/sidecar", 7.0)
    h.start("host-1/app", 8.0)
    h.kill("host-1/sidecar", 9.0)
    h.start("host-1/sidecar", 10.0)
    (join,) = found(h)
    assert (join.process, join.not_before_ns) == ("host-1/app#2", ns(8.0 - STALL_S))


def test_a_sidecar_restarted_under_a_living_application_is_no_join() -> None:
    h = running()
    h.kill("host-1/sidecar", 6.0)
    h.start("host-1/sidecar", 7.0)
    h.start("scheduler-0", 8.0)
    assert found(h) == []
