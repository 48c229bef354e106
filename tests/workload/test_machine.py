"""The state machine draws plans that can be done, the same ones from the same seed."""

from __future__ import annotations

from typing import Literal

import hypothesis
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.target import resolve
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.machine.drawing import draw
from actorproof.harness.workload.machine.machine import machine
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Plan,
    Remind,
    Settle,
    StartTimer,
    StopTimer,
    Wait,
    Walk,
)
from actorproof.harness.workload.targets import targets

TOPOLOGY = Topology(hosts=3, spare_hosts=1, placements=3)
UNITS = (
    *(f"{host}/{part}" for host in TOPOLOGY.host_names for part in ("app", "sidecar")),
    *(f"placement-{n}" for n in range(3)),
    "scheduler-0",
    "store",
)
LINKS = (
    *(f"{a}{b}" for h in TOPOLOGY.host_names for a, b in ((f"client>{h}", ""), (f"{h}>app", ""), (f"{h}>store", ""))),
    *(f"{h}>placement-{n}" for h in TOPOLOGY.host_names for n in range(3)),
    *(f"peers>{h}" for h in TOPOLOGY.host_names),
    "hosts>scheduler-0",
)


def _drawn(seed: int, *, topology: Topology = TOPOLOGY, examples: int = 4) -> list[AnyStep]:
    steps: list[AnyStep] = []
    draw(perform=steps.append, topology=topology, drawing=Drawing(examples=examples, steps=15), seed=seed)
    return steps


def test_a_seed_repeats_its_plan() -> None:
    assert _drawn(7) == _drawn(7)
    assert _drawn(7) != _drawn(8)


@pytest.mark.parametrize("seed", range(5))
def test_every_fault_is_healed_once_and_every_target_exists(seed: int) -> None:
    active: dict[str, str] = {}
    for step in _drawn(seed):
        match step:
            case Inject():
                assert step.id not in active
                assert len(active) < 2
                resolve(step.target, units=UNITS, links=LINKS, leader="placement-1")
                active[step.id] = step.target
            case Heal():
                del active[step.id]
            case Settle():
                assert not active
            case _:
                pass
    assert not active


@pytest.mark.parametrize("seed", range(5))
def test_reminder_names_are_never_used_twice_and_all_are_forgotten(seed: int) -> None:
    names: list[str] = []
    forgotten: list[str] = []
    for step in _drawn(seed, examples=8):
        match step:
            case Remind():
                names.append(step.name)
            case Forget():
                forgotten.append(step.name)
            case _:
                pass
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(forgotten)


def test_no_example_begins_that_nobody_would_perform() -> None:
    whole = _drawn(7, examples=30)
    steps: list[AnyStep] = []
    draw(perform=steps.append, topology=TOPOLOGY, drawing=Drawing(examples=30, steps=15), seed=7, duration_s=20.0)
    assert steps == whole[: len(steps)]
    ends = [at for at, step in enumerate(steps) if isinstance(step, Settle)]
    waited_s = [sum(step.for_s for step in steps[:end] if isinstance(step, Wait)) for end in ends]
    assert ends[-1] == len(steps) - 1
    assert waited_s[-1] >= 20.0 > waited_s[-2]


def test_some_faults_overlap_and_some_stay_for_a_while() -> None:
    steps = [step for seed in range(6) for step in _drawn(seed, examples=12)]
    shapes = {tuple(type(step) for step in steps[at : at + 4]) for at in range(len(steps))}
    assert (Inject, Wait, Inject, Wait) in shapes
    assert any(shape[:3] == (Inject, Wait, Heal) for shape in shapes)


def test_a_machine_without_faults_draws_the_rest() -> None:
    steps: list[AnyStep] = []
    drawn = machine(perform=steps.append, topology=TOPOLOGY, max_faults=0)
    run_state_machine_as_test(
        hypothesis.seed(5)(drawn), settings=settings(max_examples=30, phases=[Phase.generate], database=None)
    )
    assert {Burst, Remind, StartTimer, Wait} <= {type(step) for step in steps}
    assert not any(isinstance(step, Inject | Heal) for step in steps)


def test_examples_have_actors_of_their_own() -> None:
    owners: dict[str, int] = {}
    example = 0
    for step in _drawn(3, examples=6):
        match step:
            case Settle():
                example += 1
            case Burst():
                assert owners.setdefault(step.actor, example) == example
            case _:
                pass
    assert example >= 2


def test_nothing_is_drawn_for_placement_where_there_is_none() -> None:
    topology = Topology(hosts=3, placements=0)
    injected = [step for seed in range(4) for step in _drawn(seed, topology=topology) if isinstance(step, Inject)]
    assert injected
    assert {step.target for step in injected} <= targets(topology)
    assert not any("placement" in step.target for step in injected)


@pytest.mark.parametrize("schedulers", [0, 1])
def test_an_unproxied_cluster_without_spares_can_be_drawn_for(schedulers: Literal[0, 1]) -> None:
    topology = Topology(hosts=1, spare_hosts=0, proxied=False, schedulers=schedulers, version="1.18.2")
    steps = _drawn(1, topology=topology)
    assert not any(isinstance(s, Inject) and (">" in s.target or s.target.startswith("host-1")) for s in steps)
    if not schedulers:
        assert not any(isinstance(step, Remind) for step in steps)


def test_without_faults_load_goes_on_and_nobody_gives_up() -> None:
    plan = Plan(steps=tuple(step for seed in range(6) for step in _drawn(seed, examples=20)))
    quiet = plan.without_faults()
    assert not [step for step in quiet.steps if isinstance(step, Inject | Heal)]
    assert [step for step in quiet.steps if isinstance(step, Remind)]
    patient = [step for step in quiet.steps if isinstance(step, Burst)]
    assert len(patient) == len([step for step in plan.steps if isinstance(step, Burst)])
    assert any(step.give_up_s for step in plan.steps if isinstance(step, Burst))
    assert not any(step.give_up_s for step in patient)


def test_chains_are_drawn_where_reentrancy_is_on() -> None:
    assert not [step for step in _drawn(3, examples=20) if isinstance(step, Walk)]
    topology = Topology(hosts=3, reentrancy=True, max_stack_depth=3, reentrancy_exceptions=("Lone",))
    drawn = [step for seed in range(6) for step in _drawn(seed, topology=topology, examples=20)]
    walks = [step for step in drawn if isinstance(step, Walk)]
    assert {step.actor.partition("/")[0] for step in walks} == {"Chain", "Lone"}
    depths = {step.route.count(step.actor) + 1 for step in walks}
    assert depths == {2, 3, 4}
    assert {len(set(step.route)) for step in walks} == {1, 2}
    assert all(step.route[-1] == step.actor for step in walks)
    assert {step.patience_s for step in walks if step.actor.startswith("Lone")} == {1.2}


def test_timers_are_bounded_named_once_and_all_stopped() -> None:
    names: set[tuple[int, str]] = set()
    for seed in range(5):
        running: set[tuple[str, str]] = set()
        for step in _drawn(seed):
            match step:
                case StartTimer():
                    assert (seed, step.name) not in names
                    assert step.period_s is None or step.repetitions is not None or step.ttl_s is not None
                    names.add((seed, step.name))
                    running.add((step.actor, step.name))
                case StopTimer():
                    running.remove((step.actor, step.name))
                case Settle():
                    assert not running
                case _:
                    pass
        assert not running
    assert names
