"""The leader's loss, as the history shows it: who led, who led then, and that actors answered meanwhile."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.leader_loss import ACTIVE, AWAY_S, SCENARIO

from .support import history_of, nothing_is_wrong


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[ev.Event]:
    # The plan's bursts and the newcomers are what is looked at: few call beside them.
    return history_of(SCENARIO, tmp_path_factory.mktemp("loss") / "run", seed=3, clients=2)


def test_no_violation_is_found(events: list[ev.Event]) -> None:
    nothing_is_wrong(SCENARIO, events)


def test_another_replica_leads_while_the_leader_is_away(events: list[ev.Event]) -> None:
    (fault,) = Timeline(events).faults
    (gone,) = fault.start.units
    assert fault.took is not None
    assert fault.took.evidence[-1] == f"{gone} led"
    tables = [event for event in events if isinstance(event, ev.TableObserved)]
    assert [table.placement for table in tables if table.leader and table.t_ns < fault.start.t_ns][-1] == gone
    successors = {t.placement for t in tables if t.leader and fault.took.t_ns < t.t_ns < fault.healed_ns}
    assert len(successors) == 1
    assert gone not in successors
    healed = next(event for event in events if isinstance(event, ev.FaultHealed))
    assert healed.evidence[0] == f"{successors.pop()} leads, {gone} did"


def test_actors_old_and_new_answer_meanwhile(events: list[ev.Event]) -> None:
    timeline = Timeline(events)
    (fault,) = timeline.faults
    first = {actor: turns[0].start_ns for actor, turns in timeline.turns_by_actor.items()}
    answered = {
        turn.actor
        for turn in timeline.turns
        if turn.ended == "completed" and fault.start.t_ns < turn.start_ns and turn.end_ns < fault.healed_ns
    }
    old = {f"Ledger/b{number}" for number in range(ACTIVE)}
    assert fault.healed_ns < FAR_FUTURE_NS
    assert answered >= old
    assert all(first[actor] < fault.start.t_ns for actor in old)
    new = {actor for actor in answered if actor.startswith("Counter/newcomer-")}
    assert len([actor for actor in new if first[actor] > fault.start.t_ns]) >= AWAY_S
