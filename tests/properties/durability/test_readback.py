"""At the edges of what counts as read back; what is ordinary, test_durability.py has."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.state.readback import KINDS
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.durability.parts import append, finish, healed, read
from tests.properties.terms import free, verdict_on

A, B = "Ledger/a", "Ledger/b"


def two_hosts(**run: object) -> tuple[History, str, str]:
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


def counted(timeline: Timeline) -> dict[str, int]:
    verdict = verdict_on(timeline, free("durability", before_fault_s=0.1))
    return {item.name: item.have for item in verdict.evidence if item.have and item.name in KINDS}


def ended(h: History) -> dict[str, int]:
    healed(h)
    finish(h)
    return counted(h.timeline())


@pytest.mark.parametrize(("instance", "found"), [(1, {}), (2, {"store_restart": 1})])
def test_the_instance_that_saved_shows_nothing(instance: int, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    h.start("store", 0.0)
    h.fault("restart", "store", 1.25, 5.0, units=["store"])
    h.kill("store", 1.25)
    append(h, one, 9.0, 2, instance=instance)
    assert ended(h) == found


def test_a_downtime_of_another_kind_is_passed_over() -> None:
    h, one, two = two_hosts()
    h.start("scheduler-0", 0.0)
    h.fault("kill", "scheduler-0", 0.5, 0.9, units=["scheduler-0"])
    h.kill("scheduler-0", 0.5)
    append(h, one, 1.0, 1)
    h.fault("kill", "host-1", 1.25, 5.0, units=["host-1/app"])
    h.kill("host-1/app", 1.25)
    append(h, two, 9.0, 2)
    assert ended(h) == {"host_kill": 1}


def test_what_the_next_application_saved_was_not_in_the_kill() -> None:
    h, one, two = two_hosts()
    h.call(A, one, 0.5, 0.6, name="read")
    h.fault("kill", "host-1", 1.25, 5.0, units=["host-1/app"])
    h.kill("host-1/app", 1.25)
    append(h, h.app("host-1", 2.0, sidecar=False), 3.0, 1)
    append(h, two, 9.0, 2)
    assert ended(h) == {"rebalance": 1}


@pytest.mark.parametrize(("killed_s", "found"), [(1.3, {"host_kill": 1}), (1.301, {})])
def test_how_long_before_a_kill_counts(killed_s: float, found: dict[str, int]) -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)  # acknowledged at 1.2
    h.fault("kill", "host-1", killed_s, 5.0, units=["host-1/app"])
    h.kill("host-1/app", killed_s)
    append(h, two, 9.0, 2)
    assert ended(h) == found


def test_hand_overs_are_counted_over_actors_and_instances() -> None:
    h, one, two = two_hosts(idle_timeout_s=5.0)
    h.call("Ledger/0", one, 0.5, 0.6, name="read")
    h.call("Ledger/0", two, 0.7, 0.8, name="read")
    for actor in (A, B):
        h.call(actor, one, 0.9, 0.95, name="read")
        append(h, two, 2.0, 1, actor=actor)
        append(h, one, 3.0, 2, actor=actor, instance=2)
        append(h, two, 4.0, 3, actor=actor, instance=2)
    assert ended(h) == {"rebalance": 4}


@pytest.mark.parametrize(("gone_s", "found"), [(5.299, {}), (5.3, {"idle_deactivation": 1})])
def test_an_idle_deactivation_comes_late_in_the_idle_time_out(gone_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts(idle_timeout_s=5.0)
    append(h, one, 1.0, 1)  # in use until 1.3; four fifths of the time-out are 4 s
    h.deactivate(A, one, gone_s)
    append(h, one, 9.0, 2, instance=2)
    assert ended(h) == found


def test_without_a_described_run_any_deactivation_may_be_an_idle_one() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    h.deactivate(A, one, 1.4)
    append(h, one, 9.0, 2, instance=2)
    healed(h)
    finish(h)
    events = [event for event in h.events() if not isinstance(event, ev.RunStarted)]
    assert counted(Timeline(events, numbered=False)) == {"idle_deactivation": 1}


@pytest.mark.parametrize(("dies_s", "found"), [(9.0, {}), (9.1, {"rebalance": 1})])
def test_an_actor_moves_from_an_application_that_lives(dies_s: float, found: dict[str, int]) -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    h.kill("host-1/app", dies_s)
    append(h, two, 9.0, 2)
    assert ended(h) == found


def test_a_read_at_the_end_shows_what_no_later_entry_does() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    healed(h)
    read(h, two, 51.0, {1: "turn-1"})
    finish(h)
    assert counted(h.timeline()) == {"rebalance": 1}
