"""A quick run has a second chance for what a single join or a single stop of everything may fail to show."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import msgspec
import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.downtime import downtimes
from actorproof.properties.views.cluster.join import joins
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.registry import scenario

from .support import history_of, judged

JOINS = scenario("scale-out-drain")
STOPS = scenario("reminder-failover")
S_NS = 1_000_000_000


@pytest.fixture(scope="module")
def over_joins(tmp_path_factory: pytest.TempPathFactory) -> list[ev.Event]:
    return history_of(JOINS, tmp_path_factory.mktemp("joins") / "run", seed=3)


@pytest.fixture(scope="module")
def over_stops(tmp_path_factory: pytest.TempPathFactory) -> list[ev.Event]:
    return history_of(STOPS, tmp_path_factory.mktemp("stops") / "run", seed=3)


@pytest.mark.parametrize("disturbed", [0, 1])
def test_one_join_is_enough_while_the_machine_stands_still_over_the_other(
    over_joins: list[ev.Event], disturbed: int
) -> None:
    found = joins(Timeline(over_joins))
    assert len(found) == 2
    late = ev.Stalled(process="harness", seq=0, t_ns=found[disturbed].seen_ns + S_NS // 2, late_ns=S_NS)
    run = judged(replace(JOINS, guarantees=("drain",)), _with(late, over_joins))
    (drain,) = (each for each in run.guarantees if each.guarantee == "drain")
    assert not drain.missing


def test_the_first_join_is_left_alone_until_it_shows_where_actors_are(over_joins: list[ev.Event]) -> None:
    run = judged(replace(JOINS, guarantees=("placement",)), over_joins)
    (placement,) = (each for each in run.guarantees if each.guarantee == "placement")
    assert not placement.missing


@pytest.mark.parametrize("disturbed", [0, 1])
def test_one_stop_of_everything_is_enough_where_nothing_was_saved_before_the_other(
    over_stops: list[ev.Event], disturbed: int
) -> None:
    found = [each for each in downtimes(Timeline(over_stops)) if each.kind == "total_restart"]
    assert len(found) == 2
    stop_ns = found[disturbed].start_ns
    events = [
        msgspec.structs.replace(event, acknowledged=False)
        if isinstance(event, ev.SaveEnded) and stop_ns - 2 * S_NS < event.t_ns <= stop_ns
        else event
        for event in over_stops
    ]
    run = judged(replace(STOPS, guarantees=("durability",)), events)
    (durability,) = (each for each in run.guarantees if each.guarantee == "durability")
    (saves,) = (each for each in durability.evidence if each.name == "total_restart")
    assert saves.enough


def test_quick_begins_no_fault_that_it_has_no_time_for(tmp_path: Path) -> None:
    timeline = Timeline(history_of(scenario("partitioned-host"), tmp_path / "run", seed=3))
    assert [fault.kind for fault in timeline.faults] == ["cut host>placement", "cut peers>host"]


def test_turns_have_begun_when_the_fault_comes_that_is_to_strike_them(tmp_path: Path) -> None:
    timeline = Timeline(history_of(scenario("partitioned-host"), tmp_path / "run", seed=915328869))
    for fault in timeline.faults:
        struck_ns = fault.start.t_ns
        opened = [turn for turn in timeline.turns if turn.actor.startswith("Sleeper/")]
        assert any(turn.start_ns < struck_ns < turn.end_ns for turn in opened)


def _with(event: ev.Event, events: list[ev.Event]) -> list[ev.Event]:
    """The history with another event of one of its processes, which counts its events."""
    numbers = count()
    return [
        msgspec.structs.replace(each, seq=next(numbers)) if each.process == event.process else each
        for each in sorted([*events, event], key=lambda each: each.t_ns)
    ]
