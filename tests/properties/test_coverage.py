"""Coverage counts, for each kind of fault, what was under way when it struck."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from actorproof.properties.views.coverage import Pair, coverage, seen, total
from tests.properties.builder import History

KILL = Pair(fault="kill host/app", under_way="turn open")
AT = 5.0


def struck(
    history: History,
    verb: str = "kill",
    target: str = "host-1/app",
    *,
    units: Sequence[str] = ("host-1/app",),
    links: Sequence[str] = (),
    healed_s: float | None = 8.0,
    took: bool = True,
) -> dict[str, int]:
    """What was under way when the one fault of a history struck; the rest is left out."""
    history.fault(verb, target, AT, healed_s, units=units, links=links, took=took)
    history.close(30.0)
    found = coverage(history.timeline())
    return {name: count for row in found for name, count in row.under_way.items() if count}


def two_hosts() -> tuple[History, str, str]:
    history = History(drain_timeout_s=4.0)
    return history, history.app("host-1"), history.app("host-2")


def test_a_fault_on_a_host_strikes_the_turns_and_saves_that_are_open_there() -> None:
    history, one, two = two_hosts()
    turn = history.turn("A/1", one, 4.9, 5.1)
    history.save(turn, [("k", "1")], 4.95, 5.05)
    history.turn("A/2", two, 4.0, 6.0)
    assert struck(history) == {"turn open": 1, "save open": 1}


def test_it_does_not_strike_what_is_open_elsewhere_or_was_over_or_came_later() -> None:
    history, one, two = two_hosts()
    history.turn("A/1", one, 4.5, 4.9)
    history.turn("A/2", one, 5.1, 5.2)
    history.turn("A/3", two, 4.0, 6.0)
    assert struck(history) == {}


@pytest.mark.parametrize(
    ("verb", "target", "units", "links"),
    [
        ("kill", "store", ("store",), ()),
        ("kill", "placement:leader", ("placement-0",), ()),
        ("cut", "hosts>scheduler-0", (), ("hosts>scheduler-0",)),
        ("block", "host-1->host-2", (), ("host-1->host-2",)),
        ("cut", "host-2>store", (), ("host-2>store",)),
    ],
)
def test_a_fault_of_what_is_shared_strikes_everywhere_and_one_of_a_link_at_its_ends(
    verb: str, target: str, units: tuple[str, ...], links: tuple[str, ...]
) -> None:
    history, _, two = two_hosts()
    history.turn("A/1", two, 4.0, 6.0)
    assert struck(history, verb, target, units=units, links=links) == {"turn open": 1}


def test_a_fault_that_shows_no_effect_is_not_counted() -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 4.0, 6.0)
    assert struck(history, took=False) == {}


def test_a_call_is_queued_while_another_one_has_the_actor() -> None:
    history, one, _ = two_hosts()
    first = history.operation("A/1", 3.9, 6.1)
    history.turn("A/1", one, 4.0, 6.0, op=first)
    history.operation("A/1", 4.5, 7.0)
    assert struck(history) == {"turn open": 1, "call queued": 1}


def test_a_call_on_its_way_to_an_actor_that_is_free_is_not_queued() -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 4.0, 4.5)
    history.operation("A/1", 4.6, 7.0)
    assert struck(history) == {}


@pytest.mark.parametrize(("until_s", "idle"), [(3.9, {"actor idle": 1}), (4.5, {})])
def test_an_actor_is_idle_when_it_is_in_memory_and_unused_for_a_second(until_s: float, idle: dict[str, int]) -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 3.0, until_s)
    assert struck(history) == idle


def test_an_actor_that_was_deactivated_is_not_idle() -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 1.0, 1.5)
    history.deactivate("A/1", one, 4.0)
    assert struck(history) == {}


@pytest.mark.parametrize(
    ("args", "due"),
    [
        ({"due_s": 5.0}, True),
        ({"due_s": 9.0}, False),
        ({"due_s": 2.0}, False),
        ({"due_s": 1.0, "period_s": 2.0}, True),
        ({"due_s": 1.0, "period_s": 2.0, "repetitions": 2}, False),
        ({"due_s": 1.0, "period_s": 20.0}, False),
    ],
)
def test_a_reminder_falls_due_while_the_host_of_its_actor_is_away(args: dict[str, float], *, due: bool) -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 0.5, 0.6)
    history.operation("A/1", 0.9, 1.0, action="register-reminder", name="r", args=args)
    history.deactivate("A/1", one, 4.0)
    assert struck(history) == ({"tick due": 1} if due else {})


def test_a_reminder_that_was_unregistered_before_it_was_due_does_not_count() -> None:
    history, one, _ = two_hosts()
    history.turn("A/1", one, 0.5, 0.6)
    history.operation("A/1", 0.9, 1.0, action="register-reminder", name="r", args={"due_s": 5.0})
    history.operation("A/1", 2.0, 2.1, action="unregister-reminder", name="r")
    history.deactivate("A/1", one, 4.0)
    assert struck(history) == {}


def test_a_timer_falls_due_too() -> None:
    history, one, _ = two_hosts()
    asked = {"name": "t", "due_s": 5.0}
    op = history.operation("Ticker/1", 0.9, 1.1, name="start", args=asked)
    history.turn("Ticker/1", one, 0.95, 1.0, op=op, name="start")
    history.deactivate("Ticker/1", one, 4.0)
    assert struck(history) == {"tick due": 1}


def test_a_fault_strikes_while_the_table_changes_and_a_turn_is_drained() -> None:
    history, one, _ = two_hosts()
    history.table(1.0, 1, ["host-1", "host-2"])
    history.table(4.5, 2, ["host-1"])
    history.turn("A/1", one, 4.0, 6.0)
    assert struck(history) == {"turn open": 1, "table changing": 1, "drain": 1}


def test_a_turn_is_drained_no_longer_than_the_drain_time_out() -> None:
    history = History(drain_timeout_s=1.0)
    one = history.app("host-1")
    history.table(1.0, 1, ["host-1", "host-2"])
    history.table(3.0, 2, ["host-1"])
    history.turn("A/1", one, 2.0, 6.0)
    assert struck(history) == {"turn open": 1}


def test_a_host_that_joins_strikes_when_it_is_in_the_table_and_its_own_change_is_no_other() -> None:
    history, one, _ = two_hosts()
    history.table(1.0, 1, ["host-1", "host-2"])
    history.table(7.0, 2, ["host-1", "host-2", "host-3"])
    history.turn("A/1", one, 4.9, 5.2)
    history.turn("A/2", one, 6.9, 9.0)
    units = ("host-3/app", "host-3/sidecar")
    assert struck(history, "add", "host-3", units=units, healed_s=20.0) == {"turn open": 1, "actor idle": 1, "drain": 1}


def test_kinds_are_told_without_numbers_and_summed_over_histories() -> None:
    parts = []
    for number in (1, 2):
        history, one, two = two_hosts()
        history.turn("A/1", one if number == 1 else two, 4.0, 6.0)
        history.fault("kill", f"host-{number}/app", AT, 8.0, units=(f"host-{number}/app",))
        history.fault("block", "host-1->host-2", 20.0, 21.0, links=("host-1->host-2",))
        history.close(30.0)
        parts.append(coverage(history.timeline()))
    found = total(parts)
    assert [(row.fault, row.times) for row in found] == [("block host->host", 2), ("kill host/app", 2)]
    assert seen(found, KILL) == 2
    assert seen(found, Pair(fault="kill store", under_way="turn open")) == 0
