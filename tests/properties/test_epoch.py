"""When a table is in force everywhere, and what ends it: seconds from the run's start."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.epoch import Epochs
from tests.properties.builder import START_NS, History, S
from tests.properties.placement.make_cases import BOTH, join, settled
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
