"""Smaller: a written scenario with less in it, pass by pass: load, steps, topology, and what each step asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from msgspec.structs import replace as with_fields

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.run.shrink.written_out import quiet
from actorproof.harness.workload.smaller import TAKES_BACK, Steps
from actorproof.harness.workload.smaller import smaller as fewer_steps
from actorproof.harness.workload.step import AnyStep, Burst, Inject, Wait
from actorproof.harness.workload.targets import targets
from actorproof.harness.workload.written import WrittenScenario

LONG_S = 2.0  # waits below are not worth a trial
Shows = Callable[[WrittenScenario], bool]


def smallest(plan: WrittenScenario, *, shows: Shows) -> WrittenScenario:
    """The smallest that still shows it, as far as leaving out and simplifying one thing at a time goes.

    Deterministic: with the same answers it asks for the same plans in the same order. So where `shows` remembers, what
    was broken off goes on where it stopped.
    """
    before = None
    while plan != before:
        before = plan
        for less in (_loads, _fewer_steps(shows), _topologies, _simpler):
            plan = _taken(plan, less, shows)
    return plan


def _taken(
    plan: WrittenScenario, less: Callable[[WrittenScenario], Iterator[WrittenScenario]], shows: Shows
) -> WrittenScenario:
    """Take whatever is less and shows it still, until nothing is."""
    while (found := next((each for each in less(plan) if shows(each)), None)) is not None:
        plan = found
    return plan


def _loads(plan: WrittenScenario) -> Iterator[WrittenScenario]:
    """No load but a probe; else without one kind of its callers."""
    if plan.load == (calm := quiet(plan.load)):
        return
    yield with_fields(plan, load=calm)
    for name in ("sleepers", "newcomers", "fickle", "clients"):
        if getattr(plan.load, name):
            yield with_fields(plan, load=replace(plan.load, **_none_of(name)))


def _none_of(name: str) -> dict[str, Any]:
    return {name: 0}


def _fewer_steps(shows: Shows) -> Callable[[WrittenScenario], Iterator[WrittenScenario]]:
    """Steps that can be left out, the more at a time the better."""

    def less(plan: WrittenScenario) -> Iterator[WrittenScenario]:
        def still(steps: Steps) -> bool:
            return shows(with_fields(plan, steps=steps))

        steps = fewer_steps(plan.steps, shows=still)
        if steps != plan.steps:
            yield with_fields(plan, steps=steps)

    return less


def _topologies(plan: WrittenScenario) -> Iterator[WrittenScenario]:
    """Fewer hosts and replicas, and settings as they are by default; only where every fault still has its target."""
    now, plain = plan.topology, Topology()
    aimed = {step.target for step in plan.steps if isinstance(step, Inject)}
    one = [{name: 1} for name in ("placements", "schedulers") if getattr(now, name) > 1]
    settings = (
        "reentrancy",
        "max_stack_depth",
        "reentrancy_exceptions",
        "entities",
        "behaviours",
        "features",
        "subject",
        "store",
    )
    default = [{name: getattr(plain, name)} for name in settings if getattr(now, name) != getattr(plain, name)]
    for change in (
        {"spare_hosts": now.spare_hosts - 1},
        # One host less, and one more that may join: names stay what they are.
        {"hosts": now.hosts - 1, "spare_hosts": now.spare_hosts + 1 if _joins(plan) else now.spare_hosts},
        *one,
        *default,
    ):
        topology = replace(now, **change)
        try:
            topology.validate()
        except UsageError:
            continue
        if aimed <= targets(topology):
            yield with_fields(plan, topology=topology)


def _joins(plan: WrittenScenario) -> bool:
    spares = plan.topology.host_names[plan.topology.hosts :]
    return any(isinstance(step, Inject) and step.target in spares for step in plan.steps)


def _simpler(plan: WrittenScenario) -> Iterator[WrittenScenario]:
    """One step asking for less."""
    if plan.settle_reminders_s:
        yield with_fields(plan, settle_reminders_s=0.0)
    for at, step in enumerate(plan.steps):
        for other in _less(step):
            yield with_fields(plan, steps=(*plan.steps[:at], other, *plan.steps[at + 1 :]))
        if isinstance(step, TAKES_BACK):
            yield with_fields(plan, steps=plan.steps[:at] + plan.steps[at + 1 :])
        if isinstance(step, Wait) and at + 1 < len(plan.steps) and isinstance(after := plan.steps[at + 1], Wait):
            both = Wait(for_s=round(step.for_s + after.for_s, 3))
            yield with_fields(plan, steps=(*plan.steps[:at], both, *plan.steps[at + 2 :]))


def _less(step: AnyStep) -> Iterator[AnyStep]:
    if isinstance(step, Wait) and step.for_s >= LONG_S:
        yield Wait(for_s=round(step.for_s / 2, 1))
    if not isinstance(step, Burst):
        return
    if step.callers > 1:
        yield with_fields(step, callers=1)
        if step.callers > 2:  # noqa: PLR2004 - one was tried
            yield with_fields(step, callers=step.callers // 2)
    if step.give_up_s is not None:
        yield with_fields(step, give_up_s=None)
    if step.args:
        yield with_fields(step, args={})
