"""The state machine draws plans that can be done, the same ones from the same seed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Literal

import hypothesis
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from actorproof.harness.cluster.topology import Entity, Topology
from actorproof.harness.faults.target import resolve
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.harness.subjects.behaviour import Behaviour
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
from actorproof.scenarios.registry import scenario

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


def _draw(seed: int, *, topology: Topology = TOPOLOGY, examples: int = 10, odd_ids: bool = False) -> list[AnyStep]:
    steps: list[AnyStep] = []
    drawing = Drawing(examples=examples, steps=15, odd_ids=odd_ids)
    draw(perform=steps.append, topology=topology, drawing=drawing, seed=seed)
    return steps


# Drawing takes long, and most rules are about the same plans.
_drawn = cache(_draw)


def test_a_seed_repeats_its_plan() -> None:
    assert _draw(7, examples=4) == _draw(7, examples=4)
    assert _draw(7, examples=4) != _draw(8, examples=4)


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


def test_a_share_of_the_ids_is_as_users_send_them() -> None:
    steps = [step for seed in range(15) for step in _drawn(seed, odd_ids=True)]
    asked = [step.actor.partition("/")[2] for step in steps if isinstance(step, Burst)]
    odd = [id_ for id_ in asked if not re.fullmatch(r"x\d+-[012]", id_)]
    assert 0.1 < len(odd) / len(asked) < 0.3
    for part in (" ", "+", "%2F", "?", "#", "/", "||", "..", "\u00fc", "a" * 1000):
        assert any(part in id_ for id_ in odd), part
    assert any(id_[:-1] + id_[-1].upper() in odd for id_ in odd if id_.endswith("b"))
    assert all(
        re.fullmatch(r"x\d+-[012]", step.actor.partition("/")[2]) for step in _drawn(7) if isinstance(step, Burst)
    )
    # A tick of such an id is lost each time, which would drown what else happens to reminders and timers.
    assert not any("%" in step.actor for step in steps if isinstance(step, Remind | StartTimer))


@pytest.mark.parametrize("seed", range(5))
def test_reminder_names_are_never_used_twice_and_all_are_forgotten(seed: int) -> None:
    names: list[str] = []
    forgotten: list[str] = []
    for step in _drawn(seed):
        match step:
            case Remind():
                names.append(step.name)
            case Forget():
                forgotten.append(step.name)
            case _:
                pass
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(forgotten)


def test_workers_are_struck_and_only_types_that_are_there_are_called_where_a_runtime_says_so() -> None:
    one = Topology(hosts=1, spare_hosts=0, placements=0, schedulers=0, proxied=False, store="files")
    assert not [step for step in _drawn(3, topology=one) if isinstance(step, Inject)]
    steps = _drawn(3, topology=replace(one, workers=True, types=("Counter", "Ledger", "Register")))
    struck = {(step.verb, step.target) for step in steps if isinstance(step, Inject)}
    assert struck == {("kill-worker", "host-1"), ("pause-worker", "host-1")}
    called = {step.actor.partition("/")[0] for step in steps if isinstance(step, Burst)}
    assert called <= {"Counter", "Ledger", "Register"}
    assert not [step for step in steps if isinstance(step, StartTimer | Remind)]


def test_no_example_begins_that_nobody_would_perform() -> None:
    whole = _draw(7, examples=30)
    steps: list[AnyStep] = []
    draw(perform=steps.append, topology=TOPOLOGY, drawing=Drawing(examples=30, steps=15), seed=7, duration_s=20.0)
    assert steps == whole[: len(steps)]
    ends = [at for at, step in enumerate(steps) if isinstance(step, Settle)]
    waited_s = [sum(step.for_s for step in steps[:end] if isinstance(step, Wait)) for end in ends]
    assert ends[-1] == len(steps) - 1
    assert waited_s[-1] >= 20.0 > waited_s[-2]


def test_some_faults_overlap_and_some_stay_for_a_while() -> None:
    steps = [step for seed in range(6) for step in _drawn(seed)]
    shapes = {tuple(type(step) for step in steps[at : at + 4]) for at in range(len(steps))}
    assert (Inject, Wait, Inject, Wait) in shapes
    assert any(shape[:3] == (Inject, Wait, Heal) for shape in shapes)


def test_a_machine_without_faults_draws_the_rest() -> None:
    steps: list[AnyStep] = []
    drawn = machine(perform=steps.append, topology=TOPOLOGY, max_faults=0)
    run_state_machine_as_test(
        hypothesis.seed(5)(drawn), settings=settings(max_examples=10, phases=[Phase.generate], database=None)
    )
    assert {Burst, Remind, StartTimer, Wait} <= {type(step) for step in steps}
    assert not any(isinstance(step, Inject | Heal) for step in steps)


def test_examples_have_actors_of_their_own() -> None:
    owners: dict[str, int] = {}
    example = 0
    for step in _drawn(3):
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
    plan = Plan(steps=tuple(step for seed in range(12) for step in _drawn(seed)))
    quiet = plan.without_faults()
    assert not [step for step in quiet.steps if isinstance(step, Inject | Heal)]
    assert [step for step in quiet.steps if isinstance(step, Remind)]
    patient = [step for step in quiet.steps if isinstance(step, Burst)]
    assert len(patient) == len([step for step in plan.steps if isinstance(step, Burst)])
    assert any(step.give_up_s for step in plan.steps if isinstance(step, Burst))
    assert not any(step.give_up_s for step in patient)


def test_chains_are_drawn_where_reentrancy_is_on() -> None:
    assert not [step for step in _drawn(3) if isinstance(step, Walk)]
    topology = Topology(hosts=3, reentrancy=True, max_stack_depth=3, reentrancy_exceptions=("Lone",))
    drawn = [step for seed in range(6) for step in _drawn(seed, topology=topology)]
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


def test_a_reminder_falls_due_with_a_whole_host_or_either_half_of_one_away() -> None:
    away: set[str] = set()
    for seed in range(60):
        steps = _drawn(seed)
        for remind, wait, inject in zip(steps, steps[1:], steps[2:], strict=False):
            match remind, wait, inject:
                case Remind(), Wait(), Inject(target=target) if target.startswith("host-"):
                    away.add(target.partition("/")[2])
        if away >= {"", "app", "sidecar"}:
            return
    pytest.fail(f"drawn for no reminder: {sorted({'', 'app', 'sidecar'} - away)}")


EVERYTHING = scenario("everything-at-once")
BEHAVED = {each.actors for each in EVERYTHING.topology.behaviours}


def _met(topology: Topology, seeds: int) -> set[str]:
    """What the applications of a topology are told to do that plans make them do."""
    drawn = [step for seed in range(seeds) for step in _drawn(seed, topology=topology)]
    actors = [step.actor for step in drawn if isinstance(step, Burst | Remind | StartTimer)]
    return {told for told in BEHAVED if any(actor.startswith(told) for actor in actors)}


def test_every_way_in_which_an_application_answers_badly_is_drawn_on_actors_of_its_own() -> None:
    assert {each.request for each in EVERYTHING.topology.behaviours} == {"reminder", "timer", "deactivate"}
    assert _met(EVERYTHING.topology, 12) == BEHAVED
    assert not _met(TOPOLOGY, 4)


def test_callbacks_of_reminders_and_timers_may_save() -> None:
    drawn = [step for seed in range(12) for step in _drawn(seed)]
    assert any(isinstance(step, StartTimer) and step.saves for step in drawn)
    assert any(isinstance(step, Remind) and "saves" in (step.data_json or "") for step in drawn)


def test_turns_are_drawn_that_outlast_a_short_idle_time_out() -> None:
    (brief,) = EVERYTHING.topology.entities

    def outlasting(topology: Topology) -> bool:
        drawn = [step for seed in range(6) for step in _drawn(seed, topology=topology)]
        return any(
            isinstance(step, Burst) and step.actor.startswith(brief.type) and step.hold_s > 2 * brief.idle_timeout_s
            for step in drawn
        )

    assert outlasting(EVERYTHING.topology)
    assert not outlasting(TOPOLOGY)


def test_hosts_are_told_only_what_they_can_do_and_in_a_quiet_or_quick_run_nothing() -> None:
    usual = Options(seed=1, profile="standard")
    told = EVERYTHING.topology
    assert _told(usual) == (told.behaviours, told.entities)
    assert _told(replace(usual, subject="sdk")) == ((), told.entities)
    assert _told(replace(usual, fault_rate="off")) == ((), ())
    assert _told(replace(usual, profile="quick")) == ((), ())


def _told(options: Options) -> tuple[tuple[Behaviour, ...], tuple[Entity, ...]]:
    topology = topology_of(EVERYTHING, options)
    return topology.behaviours, topology.entities
