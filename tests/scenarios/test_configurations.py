"""Configurations are drawn from the seed and reach every choice; what can't be is refused before anything starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import TopologyError, UsageError
from actorproof.harness.session.configuration import Choices, drawn, said
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.configurations import SCENARIO
from actorproof.scenarios.registry import scenario


def test_a_seed_draws_one_configuration_and_the_run_has_it() -> None:
    once = drawn(7, Choices(), base=Topology())
    assert drawn(7, Choices(), base=Topology()) == once
    run = topology_of(SCENARIO, Options(seed=7, hosts=2))
    assert (run.hosts, run.idle_timeout_s, run.max_stack_depth) == (2, once.idle_timeout_s, once.max_stack_depth)
    assert "idle" in said(run)


def test_every_choice_is_drawn_by_some_seed() -> None:
    choices = Choices()
    found = [drawn(seed, choices, base=Topology()) for seed in range(40)]
    assert {each.hosts for each in found} == set(choices.hosts)
    assert {each.idle_timeout_s for each in found} == set(choices.idle_s)
    assert {each.drain_timeout_s for each in found} == set(choices.drain_s)
    assert {entity.idle_timeout_s for each in found for entity in each.entities} == set(choices.idle_s)
    assert {each.max_stack_depth for each in found} == set(choices.depths)
    assert {(each.reentrancy, bool(each.reentrancy_exceptions)) for each in found} >= {(True, False), (False, True)}
    assert {(each.placements, each.schedulers) for each in found} == {(1, 1), (1, 3), (3, 1), (3, 3)}
    assert {(each.subject, each.drain_enabled) for each in found} >= {("bare", False), ("sdk", True)}
    assert {each.subject for each in found} == set(choices.subjects)
    assert {each.reminder_partitions for each in found} == set(choices.partitions)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Options(seed=1, placements=2), "placements is 2: choose 1 or 3"),
        (
            Options(seed=1, version="1.16.0", subject="sdk-stream"),
            "Dapr 1.16.0 tells no application over a stream: choose 1.18 or later, or another subject",
        ),
        (Options(seed=1, schedulers=2), "schedulers is 2: choose 1 or 3"),
        (Options(seed=1, version="1.12.0", schedulers=1), "Dapr 1.12.0 has no scheduler: choose 0 schedulers"),
    ],
)
def test_what_a_version_can_not_do_is_refused_in_one_line(options: Options, told: str) -> None:
    with pytest.raises(TopologyError, match=told) as refused:
        topology_of(scenario("churn"), options)
    assert "\n" not in str(refused.value)


def test_what_is_drawn_for_a_version_without_a_stream_is_told_over_http() -> None:
    seed = next(seed for seed in range(99) if drawn(seed, Choices(), base=Topology()).subject == "sdk-stream")
    assert topology_of(SCENARIO, Options(seed=seed)).subject == "sdk-stream"
    assert topology_of(SCENARIO, Options(seed=seed, version="1.16.0")).subject == "sdk"


def test_parts_of_reminders_are_drawn_where_the_version_keeps_them_in_the_store() -> None:
    seed = next(seed for seed in range(99) if drawn(seed, Choices(), base=Topology()).reminder_partitions)
    assert topology_of(SCENARIO, Options(seed=seed)).reminder_partitions == 0
    old = topology_of(SCENARIO, Options(seed=seed, version="1.14.1"))
    assert old.reminder_partitions == 7
    assert "reminders in 7 parts" in said(old)


def test_a_setting_for_a_type_that_no_host_has_is_refused() -> None:
    found = scenario("reentrant-chains")
    wrong = replace(found, topology=replace(found.topology, reentrancy_exceptions=("Lonely",)))
    with pytest.raises(UsageError, match="settings are given for Lonely, and no host has this actor type"):
        topology_of(wrong, Options(seed=1))
