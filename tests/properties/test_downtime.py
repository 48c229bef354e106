from __future__ import annotations

import pytest

from actorproof.properties.views.cluster.downtime import Calm, downtimes, healed_by
from actorproof.properties.views.timeline import FAR_FUTURE_NS, Timeline
from tests.properties.builder import History, S, ns


def told(timeline: Timeline) -> list[tuple[str, float, float, set[str]]]:
    return [(d.kind, (d.start_ns - ns(0.0)) / S, (d.end_ns - ns(0.0)) / S, set(d.hosts)) for d in downtimes(timeline)]


def test_a_kill_is_down_from_the_first_death_to_its_heal() -> None:
    h = History()
    h.app("host-1")
    h.start("scheduler-0", 0.0)
    h.start("store", 0.0)
    h.fault("kill", "host-1", 1.0, 9.0, units=["host-1/sidecar", "host-1/app"])
    h.kill("host-1/app", 1.2)
    h.kill("host-1/sidecar", 1.1)
    h.fault("kill", "scheduler-0", 2.0, 8.0, units=["scheduler-0"])
    h.kill("scheduler-0", 2.1)
    h.fault("restart", "store", 3.0, 5.0, units=["store"])
    h.kill("store", 3.1)
    assert told(h.timeline()) == [
        ("host_kill", 1.1, 9.0, {"host-1"}),
        ("scheduler_kill", 2.1, 8.0, set()),
        ("store_restart", 3.1, 5.0, set()),
    ]


@pytest.mark.parametrize("verb", ["kill", "terminate", "restart"])
def test_what_stops_a_scheduler_or_a_store(verb: str) -> None:
    h = History()
    h.fault(verb, "scheduler-0", 1.0, 2.0, units=["scheduler-0"])
    h.fault(verb, "store", 1.5, 2.0, units=["store"])
    assert [kind for kind, *_ in told(h.timeline())] == ["scheduler_kill", "store_restart"]


def test_what_takes_others_down_as_well() -> None:
    h = History()
    for unit in ("placement-0", "scheduler-0", "store"):
        h.start(unit, 0.0)
    h.fault("restart", "all", 1.0, 9.0, units=["placement-0", "scheduler-0", "store"])
    h.kill("placement-0", 2.0)
    h.kill("scheduler-0", 3.0)
    h.kill("store", 4.0)
    assert told(h.timeline()) == [("scheduler_kill", 3.0, 9.0, set()), ("store_restart", 4.0, 9.0, set())]


def test_the_first_death_may_be_at_the_faults_first_instant() -> None:
    h = History()
    h.app("host-1")
    h.fault("kill", "host-1", 1.0, 9.0, units=["host-1/sidecar", "host-1/app"])
    h.kill("host-1/sidecar", 1.0)
    h.kill("host-1/app", 1.2)
    assert told(h.timeline()) == [("host_kill", 1.0, 9.0, {"host-1"})]


def test_what_is_no_downtime() -> None:
    h = History()
    h.fault("pause", "host-1/app", 1.0, 2.0, units=["host-1/app"])
    h.fault("terminate", "host-1/app", 1.0, 2.0, units=["host-1/app"])
    h.fault("kill", "host-1/app", 1.0, 2.0, units=["host-1/app"], took=False)
    h.fault("pause", "store", 1.0, 2.0, units=["store"])
    h.fault("kill", "placement-0", 1.0, 2.0, units=["placement-0"])
    h.fault("kill", "scheduler-0", 1.0, 2.0, units=["scheduler-0"], took=False)
    assert told(h.timeline()) == []
    h.fault("kill", "host-2/app", 3.0, 4.0, units=["host-2/app"])
    assert told(h.timeline()) == [("host_kill", 3.0, 4.0, {"host-2"})]  # its death is not in the log


def test_a_death_outside_of_the_fault_is_not_its() -> None:
    for died_s, start_s in ((1.9, 2.0), (2.0, 2.0), (4.0, 4.0), (4.1, 2.0)):
        h = History()
        h.start("store", 0.0)
        h.kill("store", died_s)
        h.fault("kill", "store", 2.0, 4.0, units=["store"])
        assert told(h.timeline()) == [("store_restart", start_s, 4.0, set())]


def test_a_fault_is_over_with_its_heal_or_the_phase() -> None:
    for heal_s, over_s in ((3.0, 3.0), (None, 5.0), (7.0, 5.0)):
        h = History()
        h.fault("kill", "store", 2.0, heal_s, units=["store"])
        h.phase("healed", 5.0)
        timeline = h.timeline()
        assert healed_by(timeline, timeline.faults[0]) == ns(over_s)
    h = History()
    h.phase("healed", 1.9)
    h.fault("kill", "store", 2.0, None, units=["store"])
    timeline = h.timeline()
    assert healed_by(timeline, timeline.faults[0]) == FAR_FUTURE_NS
    h = History()
    h.phase("healed", 2.0)
    h.fault("kill", "store", 2.0, None, units=["store"])
    timeline = h.timeline()
    assert healed_by(timeline, timeline.faults[0]) == ns(2.0)


def everything(*, store: tuple[float, float] | None, part: str = "app") -> History:
    """Two hosts' applications, or sidecars, are gone from 4 s to 6 s and for good after 20 s."""
    h = History()
    h.app("host-1")
    h.app("host-2")
    h.start("store", 0.0)
    h.kill(f"host-1/{part}", 2.0)
    h.kill(f"host-2/{part}", 4.0)
    h.start(f"host-1/{part}", 6.0)
    h.kill(f"host-1/{part}", 20.0)
    if store is not None:
        h.kill("store", store[0])
        h.start("store", store[1])
    return h


@pytest.mark.parametrize("part", ["app", "sidecar"])
def test_a_stop_of_everything(part: str) -> None:
    found = told(everything(store=(3.0, 5.0), part=part).timeline())
    assert found == [("total_restart", 4.0, 6.0, set())]


def test_a_stop_of_everything_is_over_when_the_first_is_back() -> None:
    h = everything(store=(3.0, 5.0))
    h.start("host-2/app", 7.0)
    h.app("host-3", 8.0)
    assert told(h.timeline()) == [("total_restart", 4.0, 6.0, set())]


@pytest.mark.parametrize("store", [None, (2.0, 4.0), (6.0, 7.0), (21.0, 22.0)])
def test_the_store_has_to_be_down_meanwhile(store: tuple[float, float] | None) -> None:
    assert told(everything(store=store).timeline()) == []


def test_downtimes_are_in_order_of_their_start() -> None:
    h = everything(store=(3.0, 5.0))
    h.fault("restart", "store", 1.0, 9.0, units=["store"])
    assert [kind for kind, *_ in told(h.timeline())] == ["store_restart", "total_restart"]


def deadline_s(h: History, due_s: float, within_s: float = 1.0, wake_s: float = 10.0) -> float:
    calm = Calm(h.timeline(), wake_ns=round(wake_s * S))
    deadline_ns = calm.deadline(ns(due_s), round(within_s * S))
    return float("inf") if deadline_ns >= FAR_FUTURE_NS else (deadline_ns - ns(0.0)) / S


def test_a_deadline_moves_behind_the_wake_of_what_touches_it() -> None:
    h = History()
    h.fault("cut", "host-1>store", 20.0, 30.0)
    moved = {due_s: deadline_s(h, due_s) for due_s in (10.0, 18.9, 19.0, 25.0, 39.0, 39.5, 45.0)}
    assert moved == {10.0: 11.0, 18.9: 19.9, 19.0: 40.0, 25.0: 40.0, 39.0: 40.0, 39.5: 40.5, 45.0: 46.0}
    assert deadline_s(History(), 10.0) == 11.0


def test_a_unit_that_died_by_itself_disturbs_until_a_wake_after_it_is_back() -> None:
    h = History()
    h.start("store", 0.0)
    h.exit("store", 20.0, code=1, expected=False)
    assert deadline_s(h, 25.0) == float("inf")
    h.start("store", 22.0, ready_s=23.0)
    assert deadline_s(h, 25.0) == 33.0
    h.kill("store", 50.0)
    h.start("store", 51.0, ready_s=52.0)
    assert deadline_s(h, 25.0) == 33.0
    assert deadline_s(h, 15.0) == 16.0
    h.start("scheduler-0", 0.0)
    h.exit("scheduler-0", 60.0)  # told to
    assert deadline_s(h, 61.0) == 62.0
