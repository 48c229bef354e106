"""When a table is in force everywhere, and what ends it: seconds from the run's start."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.epoch import Epochs
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import START_NS, History, S
from tests.properties.placement.parts import BOTH, THREE, join, settled
from tests.properties.terms import free


def epochs(h: History) -> Epochs:
    h.close(100.0)
    return Epochs(h.timeline(), free("placement"))


def spans(h: History) -> list[tuple[int, list[tuple[float, float]]]]:
    return [
        (epoch.table.version, [((start - START_NS) / S, (end - START_NS) / S) for start, end in epoch.spans])
        for epoch in epochs(h).all
    ]


def test_a_table_has_to_reach_everybody() -> None:
    assert spans(settled()[0]) == [(2, [(8.1, 100.0)])]


def test_a_new_version_may_be_there_before_it_is_seen() -> None:
    h = settled()[0]
    h.table(50.0, 3, BOTH)
    assert spans(h) == [(2, [(8.1, 48.5)]), (3, [(58.0, 100.0)])]


def test_a_fault_disturbs_until_after_its_heal() -> None:
    h = settled()[0]
    h.fault("cut", "host-1>store", 30.0, 40.0, links=["host-1>store"])
    assert spans(h) == [(2, [(8.1, 30.0), (55.0, 100.0)])]


def test_a_unit_that_ends_and_starts() -> None:
    h = settled()[0]
    h.start("store", 0.0)
    h.kill("store", 30.0)
    h.start("store", 39.0, ready_s=41.0)
    h.signal("host-2/sidecar", 80.0, "SIGTERM")
    h.exit("host-2/sidecar", 83.0, code=0)
    assert spans(h) == [(2, [(8.1, 30.0), (38.0, 38.75), (49.0, 80.0), (88.0, 100.0)])]


def test_what_ends_by_itself_ended_up_to_a_second_before() -> None:
    h = settled()[0]
    h.start("store", 0.0)
    h.exit("store", 30.0, code=1, expected=False)
    assert spans(h) == [(2, [(8.1, 29.0), (37.0, 100.0)])]


def test_a_sidecar_that_is_not_in_order() -> None:
    h = settled()[0]
    h.sidecar(30.0, "host-2", ready=False)
    h.sidecar(35.0, "host-2")
    assert spans(h) == [(2, [(8.1, 28.5), (43.0, 100.0)])]


def test_what_hands_calls_over_and_decides_nothing_need_not_be_in_order() -> None:
    h = History(traits=("sidecars-hand-over",))
    h.app("host-1")
    h.table(0.1, 2, ["host-1"])
    assert spans(h) == [(2, [(8.1, 100.0)])]


def test_a_sidecar_counts_from_when_it_was_first_seen() -> None:
    h = History()
    h.app("host-1")
    h.table(0.1, 2, ["host-1"])
    h.sidecar(5.0, "host-1")
    assert spans(h) == [(2, [(13.0, 100.0)])]


def test_a_short_stall_is_none() -> None:
    h = settled()[0]
    h.add(ev.Stalled, 48.5, late_ns=S // 10)
    h.table(50.0, 3, BOTH)
    assert spans(h)[0] == (2, [(8.1, 48.5)])


def test_a_stall_makes_what_is_seen_after_it_as_old_as_itself() -> None:
    h = settled()[0]
    h.add(ev.Stalled, 50.0, late_ns=10 * S)
    h.table(52.5, 3, BOTH)
    assert spans(h) == [(2, [(8.1, 39.75)]), (3, [(60.5, 100.0)])]


def test_a_stall_is_one_from_a_quarter_of_a_second_on() -> None:
    h = settled()[0]
    h.add(ev.Stalled, 48.5, late_ns=S // 4)
    h.table(50.0, 3, BOTH)
    assert spans(h)[0] == (2, [(8.1, 48.0)])


@pytest.mark.parametrize(("seen_s", "end_s"), [(43.0, 29.75), (43.1, 41.6)])
def test_a_stall_ends_where_what_happened_in_it_must_have_been_seen(seen_s: float, end_s: float) -> None:
    h = settled()[0]
    h.add(ev.Stalled, 40.0, late_ns=10 * S)
    h.table(seen_s, 3, BOTH)
    assert spans(h)[0] == (2, [(8.1, end_s)])


def test_a_host_that_was_never_seen_is_not_in_order() -> None:
    h = History()
    h.app("host-1")
    h.app("host-2")
    h.sidecar(0.1, "host-1")
    h.table(0.1, 2, BOTH)
    assert spans(h) == []


def test_a_table_without_a_host_is_none() -> None:
    h = History()
    h.table(0.1, 2, [])
    assert spans(h) == []


@pytest.mark.parametrize("hosts", [(), BOTH])
def test_who_leads_no_more_ends_its_table(hosts: tuple[str, ...]) -> None:
    h = settled()[0]
    h.table(20.0, 3, BOTH, placement="placement-1")
    h.add(ev.TableObserved, 40.0, placement="placement-0", leader=False, version=3, hosts=hosts)
    h.add(ev.TableObserved, 50.0, placement="placement-1", leader=False, version=3, hosts=hosts)
    assert spans(h) == [(2, [(8.1, 18.5)]), (3, [(28.0, 48.5)])]


def test_who_does_not_lead_before_anybody_does_has_no_table() -> None:
    h = settled()[0]
    h.add(ev.TableObserved, 0.05, placement="placement-0", leader=False, version=1, hosts=BOTH)
    assert spans(h) == [(2, [(8.1, 100.0)])]


def test_nothing_is_calm_in_a_cluster_that_is_never_ready() -> None:
    h = settled()[0]
    h.close(100.0)
    made = [event for event in h.events() if not (isinstance(event, ev.PhaseReached) and event.phase == "ready")]
    assert Epochs(Timeline(made), free("placement")).all == []


def test_a_unit_that_never_was_ready_disturbs_until_it_is_gone() -> None:
    h = settled()[0]
    h.add(ev.UnitStarted, 30.0, unit="store", incarnation=1, pid=7)
    h.add(ev.UnitExited, 32.0, unit="store", incarnation=1, code=1, expected=True)
    assert spans(h) == [(2, [(8.1, 29.75), (40.0, 100.0)])]


def test_no_epoch_is_an_instant() -> None:
    h = settled()[0]
    h.table(50.0, 3, BOTH)
    for from_s, to_s in ((30.0, 33.5), (58.0, 60.0)):
        h.fault("cut", "host-1>store", from_s, to_s, links=["host-1>store"])
    assert spans(h) == [(2, [(8.1, 30.0)]), (3, [(75.0, 100.0)])]


def add_fault(h: History, from_s: float, took_s: float) -> None:
    """Host 3 is told to join."""
    units = ("host-3/sidecar", "host-3/app")
    h.add(ev.FaultStarted, from_s, fault="join", verb="add", target="host-3", units=units, links=())
    h.add(ev.FaultTook, took_s, fault="join", evidence=("ready",))


def third(h: History, *, sidecar_s: float = 20.0, seen_s: float = 21.0) -> None:
    """Host 3 starts at 20 s, its sidecar perhaps before; the table has it when it is seen."""
    h.start("host-3/sidecar", sidecar_s)
    h.app("host-3", 20.0, sidecar=False)
    h.sidecar(seen_s, "host-3")
    h.table(seen_s, 3, THREE)


def grown(h: History) -> list[str]:
    return [growth.join.host for growth in epochs(h).growths()]


def test_a_join_disturbs_from_when_it_is_told_to_until_all_know_of_it() -> None:
    h = settled()[0]
    third(h)
    add_fault(h, 15.0, 35.0)
    assert spans(h) == [(2, [(8.1, 15.0)]), (3, [(43.0, 100.0)])]


def test_only_what_lies_between_its_epochs_is_in_the_way_of_a_join() -> None:
    h = settled()[0]
    third(h, seen_s=60.0)
    for from_s, to_s in ((28.0, 30.0), (80.0, 81.0)):
        h.fault("cut", "host-1>store", from_s, to_s, links=["host-1>store"])
    assert spans(h) == [(2, [(8.1, 19.75), (45.0, 58.5)]), (3, [(68.0, 80.0), (96.0, 100.0)])]
    (growth,) = epochs(h).growths()
    assert (growth.before.table.version, growth.after.table.version) == (2, 3)


def test_a_unit_that_starts_with_another_host_disturbs_its_join() -> None:
    h = settled()[0]
    third(h)
    h.start("store", 19.9)
    assert grown(h) == []


@pytest.mark.parametrize(("sidecar_s", "found"), [(11.74, []), (11.75, ["host-3"])])
def test_a_sidecar_joins_that_started_a_dissemination_before_its_application(
    sidecar_s: float, found: list[str]
) -> None:
    h = settled()[0]
    third(h, sidecar_s=sidecar_s)
    assert grown(h) == found


def test_a_join_that_no_epoch_comes_before_or_after_is_no_growth() -> None:
    h = History()
    h.app("host-1")
    h.app("host-2", 1.0)
    for host in BOTH:
        h.sidecar(1.5, host)
    h.table(1.5, 2, BOTH)
    third(h)
    h.app("host-4", 97.0)
    assert grown(h) == ["host-3"]


def test_a_join_is_one_when_nothing_else_happens() -> None:
    h = settled()[0]
    join(h)
    found = epochs(h)
    (growth,) = found.growths()
    assert (growth.before.table.version, growth.after.table.version, growth.join.host) == (2, 3, "host-3")
    other = settled()[0]
    join(other)
    other.fault("cut", "host-1>store", 22.0, 23.0, links=["host-1>store"])
    assert not list(epochs(other).growths())


def test_a_join_that_takes_the_place_of_a_host_is_none() -> None:
    h = settled()[0]
    h.start("host-3/sidecar", 20.0)
    h.app("host-3", 20.0, sidecar=False)
    h.sidecar(20.0, "host-3")
    h.sidecar(20.5, "host-2", answers=False, placement=False, ready=False)
    h.table(21.0, 3, ["host-1", "host-3"])
    found = epochs(h)
    assert [epoch.table.version for epoch in found.all] == [2, 3]
    assert not list(found.growths())


def test_both_ends_have_to_lie_in_one_span() -> None:
    h = settled()[0]
    h.fault("cut", "host-1>store", 30.0, 40.0, links=["host-1>store"])
    found = epochs(h)

    def within(from_s: float, to_s: float) -> bool:
        return found.within(START_NS + round(from_s * S), START_NS + round(to_s * S)) is not None

    assert within(10.0, 29.0)
    assert within(8.1, 29.9)
    assert not within(8.0, 10.0)
    assert not within(10.0, 30.0)
    assert not within(10.0, 60.0)
    assert within(55.0, 60.0)
