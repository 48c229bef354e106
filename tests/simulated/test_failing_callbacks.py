"""Hosts of the simulated runtime answer as they are told to, and its promises hold all the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from actorproof.harness.history import events as ev
from actorproof.scenarios.registry import scenario
from tests.simulated.support import history_of, judged


def test_ticks_are_served_however_often_their_application_was_told_to_fail(tmp_path: Path) -> None:
    failing = scenario("failing-callbacks")
    events = history_of(failing, tmp_path / "run", seed=1)
    verdict = judged(failing, events)
    assert not [violation for guarantee in verdict.guarantees for violation in guarantee.violations]
    ended = {event.turn: event.completed for event in events if isinstance(event, ev.TurnEnded)}
    failed: Counter[str] = Counter()
    served: Counter[str] = Counter()
    for event in events:
        if isinstance(event, ev.TurnStarted) and event.cause == "reminder":
            (served if ended[event.turn] else failed)[event.actor] += 1
    first = {actor: count for actor, count in failed.items() if actor.startswith("Recorder/fails-")}
    assert first
    assert set(first.values()) == {24}
    assert all(served[actor] == 1 for actor in first)
