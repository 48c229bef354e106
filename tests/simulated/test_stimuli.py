"""Scenarios without faults bring about what they are there for: without it nothing of what they judge was tried."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.registry import scenario
from actorproof.scenarios.saving_reminders import ACTORS
from actorproof.scenarios.slow_deactivation import DELETE_S, OTHERS

from .support import history_of

S_NS = 1_000_000_000
LONG_NS = S_NS // 2
"""Of virtual time: no call waits so long where nothing is slow."""


def _run(name: str, folder: Path) -> Timeline:
    found = scenario(name)
    return Timeline(history_of(found, folder, seed=2, duration_s=found.duration_s["quick"])).halves[0]


@pytest.fixture(scope="module")
def saving(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    return _run("saving-reminders", tmp_path_factory.mktemp("saving") / "run")


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    return _run("slow-deactivation", tmp_path_factory.mktemp("slow") / "run")


def _saved(timeline: Timeline, actor: str) -> list[Turn]:
    return [turn for turn in timeline.turns_by_actor[actor] if any(save.acknowledged for save in turn.saves)]


def test_reminders_save_between_calls_that_do_and_into_actors_that_were_away(saving: Timeline) -> None:
    for ledger in (f"Ledger/m{number}" for number in range(ACTORS)):
        assert saving.reentrant(ledger)
        saved = _saved(saving, ledger)
        causes = [(a.start.cause, b.start.cause) for a, b in pairwise(saved) if a.instance == b.instance]
        assert {("call", "reminder"), ("reminder", "call")} <= set(causes)
        first = {turn.instance: turn for turn in reversed(saving.turns_by_actor[ledger])}
        woken = [turn for turn in first.values() if turn.start.cause == "reminder" and turn in saved]
        assert woken
        later = [turn for turn in saving.turns_by_actor[ledger] if turn.start_ns > woken[0].end_ns]
        assert "read" in {turn.start.name for turn in later}


def test_actors_are_called_while_their_own_delete_is_slow_and_others_of_their_type_too(slow: Timeline) -> None:
    kept_waiting, beside = set(), set()
    for event in slow.deactivations:
        if not event.actor.startswith("Sleeper/slow-"):
            continue
        until_ns = event.t_ns + round(DELETE_S * S_NS)
        for operation in slow.operations:
            if not operation.turns or not event.t_ns < operation.start_ns < until_ns:
                continue
            turn = operation.turns[0]
            if turn.actor == event.actor and turn.start_ns - operation.start_ns > LONG_NS:
                kept_waiting.add(turn.actor)
            elif turn.actor.startswith("Sleeper/b") and turn.process == event.process and turn.end_ns < until_ns:
                beside.add(turn.actor)
    assert kept_waiting
    assert len(beside) >= OTHERS // 2
