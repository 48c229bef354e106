"""Every scenario can be planned, and its faults exist on its topology."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.kind import Strikes
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history.events import fault_kind
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.runtimes.ray_cluster.plan import HEAD
from actorproof.harness.runtimes.registry import DEFAULT, names, runtime
from actorproof.harness.session.fit import owed, planned
from actorproof.harness.session.scenario import Options, Profile, Scenario, Setting
from actorproof.harness.workload.step import Heal, Inject
from actorproof.harness.workload.targets import targets
from actorproof.scenarios.registry import scenario, scenarios, selection

DIRECTED = [s for s in scenarios().values() if s.plan is not None]
WANTED = {
    "churn",
    "kill-and-recover",
    "paused-host",
    "scale-out-drain",
    "store-outage",
    "store-restart",
    "reminder-failover",
    "total-restart",
    "placement-loss",
    "partitioned-host",
    "sidecar-loss",
    "fault-tour",
    "everything-at-once",
}


def test_all_that_the_readme_names_are_there() -> None:
    assert set(scenarios()) >= WANTED


@pytest.mark.parametrize("found", DIRECTED, ids=lambda s: s.name)
def test_plans_heal_what_they_inject_and_name_what_is_there(found: Scenario) -> None:
    assert found.plan is not None
    setting = Setting(topology=found.topology, duration_s=30.0, pace=1.0, rng=random.Random(1))
    active: set[str] = set()
    for step in found.plan(setting).steps:
        match step:
            case Inject():
                assert step.target in targets(found.topology) | _on_ray(found)
                active.add(step.id)
            case Heal():
                active.remove(step.id)
            case _:
                pass
    assert not active


def _on_ray(found: Scenario) -> set[str]:
    """What only a Ray cluster has."""
    if DEFAULT in found.runtimes:
        return set()
    return {HEAD, *(f"{host}/{half}" for host in found.topology.host_names for half in ("node", "driver"))}


def _toured(name: str, topology: Topology | None = None) -> list[Inject]:
    found = scenario(name)
    assert found.plan is not None
    setting = Setting(topology=topology or found.topology, duration_s=1.0, pace=1.0, rng=random.Random(1))
    return [step for step in found.plan(setting).steps if isinstance(step, Inject)]


def test_the_tours_go_through_every_kind() -> None:
    on_machines = {kind.verb for kind in kinds().values() if kind.strikes is Strikes.MACHINES}
    on_volumes = {kind.verb for kind in kinds().values() if kind.strikes is Strikes.VOLUMES}
    on_workers = {kind.verb for kind in kinds().values() if kind.strikes is Strikes.WORKERS}
    assert {step.verb for step in _toured("fault-tour")} == set(kinds()) - on_machines - on_volumes - on_workers
    assert {step.verb for step in _toured("storage-faults")} == on_volumes
    assert {step.verb for step in _toured("machine-tour")} == on_machines
    assert {step.verb for step in _toured("one-caller-process")} >= on_workers
    for kind in kinds().values():
        if kind.strikes is Strikes.LINKS:
            links = {step.target.partition(">")[0] for step in _toured("fault-tour") if step.verb == kind.verb}
            assert links == {"client", "host-1", "hosts", "peers"}


def test_what_may_leave_something_behind_is_toured_last() -> None:
    assert [step.target for step in _toured("machine-tour")].index("placement:leader") == len(
        _toured("machine-tour")
    ) - 1


def test_a_tour_leaves_out_what_a_topology_does_not_have() -> None:
    without = Topology(hosts=2, placements=0, schedulers=0)
    assert {step.target for step in _toured("fault-tour", without)} <= targets(without)
    assert not any("placement" in step.target or "scheduler" in step.target for step in _toured("fault-tour", without))


@pytest.mark.parametrize(
    ("name", "gone"), [("reminder-failover", "kill scheduler:all"), ("partitioned-host", "cut peers>host")]
)
def test_faults_on_what_a_version_has_not_are_neither_planned_nor_owed(name: str, gone: str) -> None:
    new, old = (Options(seed=1, version=version) for version in ("1.18.2", "1.12.0"))
    plan = planned(scenario(name), old)
    assert plan.kinds == planned(scenario(name), new).kinds - {gone}
    assert {step.id for step in plan.steps if isinstance(step, Heal)} <= {
        step.id for step in plan.steps if isinstance(step, Inject)
    }
    assert owed(scenario(name), old).keys() == owed(scenario(name), new).keys() - {gone}


def test_the_guarantees_of_scenarios_exist() -> None:
    ids = set(catalogue().ids)
    for found in scenarios().values():
        assert set(found.guarantees) <= ids
        assert found.guarantees


@pytest.mark.parametrize("profile", get_args(Profile))
def test_every_selection_can_decide_every_guarantee(profile: Profile) -> None:
    decided = {guarantee for found in selection(profile) for guarantee in found.guarantees}
    terms = catalogue()
    # `actorproof test` brings the scenarios of applications of others; readers are another runtime's.
    elsewhere = {"application", "readers"}
    assert decided | elsewhere == {id_ for id_ in terms.ids if terms.terms(id_, profile).classes}


@pytest.mark.parametrize("name", [name for name in names() if runtime(name).promises is not None])
def test_a_runtimes_own_selection_can_decide_all_that_it_promises(name: str) -> None:
    decided = {guarantee for found in selection("quick", runtime=name) for guarantee in found.guarantees}
    assert set(runtime(name).promises or ()) <= decided


def test_an_unknown_scenario_names_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"chrun is unknown: did you mean churn\? actorproof list shows them$"):
        scenario("chrun")


@pytest.mark.parametrize("found", DIRECTED, ids=lambda s: s.name)
def test_what_a_scenario_owes_is_struck_by_its_plan_and_matters_to_what_it_can_decide(found: Scenario) -> None:
    assert found.plan is not None
    for profile in get_args(Profile):
        setting = Setting(topology=found.topology, duration_s=found.duration_s[profile], pace=1.0, rng=random.Random(1))
        planned = {fault_kind(step.verb, step.target) for step in found.plan(setting).steps if isinstance(step, Inject)}
        owed = found.owed(profile)
        assert set(owed) <= planned
        matters = {name for guarantee in found.guarantees for name in catalogue().terms(guarantee, profile).under_way}
        assert {name for under_way in owed.values() for name in under_way} <= matters


def test_a_profile_owes_what_the_shorter_ones_do() -> None:
    found = scenario("paused-host")
    assert set(found.owed("quick")) < set(found.owed("standard")) == set(found.owed("soak"))
