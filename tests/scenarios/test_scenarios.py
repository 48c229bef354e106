"""Every scenario can be planned, and its faults exist on its topology."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import LINK_VERBS, MACHINE_VERBS, Verb
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.session.scenario import Profile, Scenario, Setting
from actorproof.harness.workload.machine import links_of
from actorproof.harness.workload.step import Heal, Inject
from actorproof.properties.views.timeline import fault_kind
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


def _targets(found: Scenario) -> set[str]:
    topology = found.topology
    links = {link for host in topology.host_names for link in links_of(topology, host)}
    links |= {f"hosts>scheduler-{n}" for n in range(topology.schedulers)}
    units = {f"{host}{part}" for host in topology.host_names for part in ("", "/app", "/sidecar")}
    units |= {f"placement-{n}" for n in range(topology.placements)} | {f"scheduler-{n}" for n in range(3)}
    machines = [*topology.host_names, "store", *(f"placement-{n}" for n in range(topology.placements))]
    pairs = {f"{a}{arrow}{b}" for a in machines for b in machines if a != b for arrow in ("->", "<->")}
    return links | units | {"store", "placement:leader", "placement:all", "scheduler:all"} | pairs


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
                assert step.target in _targets(found)
                active.add(step.id)
            case Heal():
                active.remove(step.id)
            case _:
                pass
    assert not active


def test_the_tours_go_through_every_verb() -> None:
    found = scenario("fault-tour")
    assert found.plan is not None
    setting = Setting(topology=found.topology, duration_s=1.0, pace=1.0, rng=random.Random(1))
    steps = found.plan(setting).steps
    verbs = {step.verb for step in steps if isinstance(step, Inject)}
    assert verbs == set(Verb) - MACHINE_VERBS
    machines = scenario("machine-tour")
    assert machines.plan is not None
    on_machines = machines.plan(setting).steps
    assert {step.verb for step in on_machines if isinstance(step, Inject)} == MACHINE_VERBS
    for verb in LINK_VERBS:
        links = {step.target.partition(">")[0] for step in steps if isinstance(step, Inject) and step.verb is verb}
        assert links == {"client", "host-1", "hosts", "peers"}


def test_the_guarantees_of_scenarios_exist() -> None:
    ids = set(catalogue().ids)
    for found in scenarios().values():
        assert set(found.guarantees) <= ids
        assert found.guarantees


@pytest.mark.parametrize("profile", get_args(Profile))
def test_every_selection_can_decide_every_guarantee(profile: Profile) -> None:
    decided = {guarantee for found in selection(profile) for guarantee in found.guarantees}
    terms = catalogue()
    assert decided == {id_ for id_ in terms.ids if terms.terms(id_, profile).classes}


def test_an_unknown_scenario_names_the_others() -> None:
    with pytest.raises(UsageError, match="scenario chrun is unknown: choose one of application-away, churn, "):
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
