from __future__ import annotations

from actorproof.properties.views.cluster.downtime import downtimes
from actorproof.properties.views.timeline import Timeline
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
