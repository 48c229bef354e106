"""What the state machine draws of applications that answer badly does happen, and is no false alarm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Burst, Plan, Remind, StartTimer, Wait
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.registry import scenario

from .support import history_of, judged

EVERYTHING = scenario("everything-at-once")
(BRIEF,) = EVERYTHING.topology.entities
STEPS = (
    Remind(actor="Recorder/fails-1", name="r1", due_s=1.0),
    Remind(actor="Recorder/silent-1", name="r2", due_s=1.0),
    Remind(actor="Recorder/1", name="r3", due_s=1.0, data_json='{"saves":true}'),
    StartTimer(actor="Ticker/fails-1", name="t1", due_s=1.0, period_s=1.0, repetitions=3),
    StartTimer(actor="Ticker/silent-1", name="t2", due_s=1.0, period_s=1.0, repetitions=3),
    StartTimer(actor="Ticker/1", name="t3", due_s=1.0, saves=True),
    Burst(actor="Sleeper/slow-to-go-1", method="hold_save", callers=2),
    Burst(actor="Sleeper/fails-to-go-1", method="hold_save", callers=2),
    Burst(actor="Sleeper/1", method="hold_save", callers=2, hold_s=2.5 * BRIEF.idle_timeout_s),
    Wait(for_s=8.0),
    Burst(actor="Sleeper/slow-to-go-1", method="hold_save", callers=2),
    Burst(actor="Sleeper/fails-to-go-1", method="hold_save", callers=2),
    Wait(for_s=14.0),
)
FOUND = replace(
    EVERYTHING, plan=lambda _: Plan(steps=STEPS), load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.5)
)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[ev.Event]:
    return history_of(FOUND, tmp_path_factory.mktemp("run") / "run", seed=3, duration_s=30.0)


@pytest.fixture(scope="module")
def timeline(events: list[ev.Event]) -> Timeline:
    return Timeline(events)


def _ticks(timeline: Timeline, actor: str) -> list[Turn]:
    return [turn for turn in timeline.turns_by_actor[actor] if turn.start.cause in {"reminder", "timer"}]


@pytest.mark.parametrize("actor", ["Recorder/fails-1", "Ticker/fails-1"])
def test_an_application_fails_twice_and_is_asked_again(timeline: Timeline, actor: str) -> None:
    assert [turn.ended for turn in _ticks(timeline, actor)][:3] == ["failed", "failed", "completed"]


@pytest.mark.parametrize("actor", ["Recorder/silent-1", "Ticker/silent-1"])
def test_an_application_is_silent_for_longer_than_any_idle_time_out(timeline: Timeline, actor: str) -> None:
    first, *others = _ticks(timeline, actor)
    assert first.end_ns - first.start_ns > timeline.idle_ns(actor)
    assert first.ended == "failed"
    assert any(turn.ended == "completed" for turn in others)


@pytest.mark.parametrize("actor", ["Recorder/1", "Ticker/1"])
def test_a_callback_saves(timeline: Timeline, actor: str) -> None:
    (tick,) = _ticks(timeline, actor)
    assert [save.acknowledged for save in tick.saves] == [True]


@pytest.mark.parametrize("actor", ["Sleeper/slow-to-go-1", "Sleeper/fails-to-go-1"])
def test_an_actor_that_goes_slowly_or_fails_to_comes_back_as_another_instance(timeline: Timeline, actor: str) -> None:
    assert {turn.start.instance for turn in timeline.turns_by_actor[actor]} == {1, 2}


def test_a_turn_outlasts_its_idle_time_out(timeline: Timeline) -> None:
    assert all(
        turn.end_ns - turn.start_ns > 2 * timeline.idle_ns("Sleeper/1") for turn in timeline.turns_by_actor["Sleeper/1"]
    )


def test_none_of_it_is_a_false_alarm(events: list[ev.Event]) -> None:
    run = judged(FOUND, events)
    assert run.outcome is not Outcome.VIOLATED
    assert not [violation for each in run.guarantees for violation in each.violations]
