"""The simulated cluster is filled with actors; all are put away when idle, and all come back."""

from __future__ import annotations

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.mutation.trial import trial
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.step import Populate
from actorproof.scenarios.registry import scenario

ACTORS = 200


def test_every_actor_goes_and_comes_back() -> None:
    verdict = trial(scenario("capacity"), Options(seed=1, driver="simulated", actors=ACTORS))
    (capacity,) = verdict.guarantees
    assert not capacity.violations
    assert {each.name: each.have for each in capacity.evidence} == dict.fromkeys(
        ("actors", "put_away", "returned"), ACTORS
    )
    assert any(figure.name == f"activations up to {ACTORS} actors a second" for figure in capacity.figures)


def test_actors_stay_active_until_all_are_there() -> None:
    few, many = (Options(seed=1, driver="simulated", actors=actors) for actors in (100, 100_000))
    found = scenario("capacity")
    assert topology_of(found, few).idle_timeout_s == found.topology.idle_timeout_s
    assert topology_of(found, many).idle_timeout_s >= 500


def test_too_few_actors_are_refused() -> None:
    with pytest.raises(UsageError, match="actors is 5: choose 100 to 1,000,000"):
        Options(seed=1, actors=5)


def test_a_scenario_that_is_not_filled_takes_no_number_of_actors() -> None:
    with pytest.raises(UsageError, match="scenario churn fills the cluster with no actors: leave --actors out"):
        topology_of(scenario("churn"), Options(seed=1, actors=1000))


def test_every_users_reminder_fires_within_its_minute_beside_a_mixed_load() -> None:
    verdict = trial(scenario("many-users"), Options(seed=1, driver="simulated", actors=ACTORS))
    found = {each.guarantee: each for each in verdict.guarantees}
    assert not any(each.violations for each in verdict.guarantees)
    assert next(each.have for each in found["reminders"].evidence if each.name == "due_ticks") == ACTORS


def test_only_reminders_are_due() -> None:
    with pytest.raises(UsageError, match="leave due_s and spread_s out of a write"):
        Populate(count=1, method="write", due_s=1.0)
    with pytest.raises(UsageError, match="give 0 or more"):
        Populate(count=1, method="remind", due_s=-1.0)
