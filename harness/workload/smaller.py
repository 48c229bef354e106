"""Smaller: a plan with less in it that still shows something. Steps go together with what takes them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Remind,
    Settle,
    StartLoad,
    StartTimer,
    StopLoad,
    StopTimer,
    Wait,
)

Steps = tuple[AnyStep, ...]
TAKES_BACK = (Heal, Forget, StopTimer, StopLoad, Settle)
"""Steps that only take back what others did, or wait for it."""


def weight(steps: Sequence[AnyStep]) -> int:
    """How many steps a plan has, without those that only take back what others did."""
    return sum(not isinstance(step, TAKES_BACK) for step in steps)


def smaller(steps: Steps, *, shows: Callable[[Steps], bool], enough: int = 0) -> Steps:
    """A plan from which no single step can be left out any more, by `shows`; or one that weighs no more than `enough`.

    Halves are left out first, then ever less: few trials for a plan of which little is needed.
    """
    size = max(1, len(steps) // 2)
    while weight(steps) > enough:
        fewer = _pass(steps, size, shows)
        if size == 1 and fewer == steps:
            break
        steps, size = fewer, max(1, size // 2)
    return steps


def calm(steps: Steps) -> Steps:
    """A plan without its bursts, and with waits that follow each other made one."""
    kept: list[AnyStep] = []
    for step in steps:
        if isinstance(step, Wait) and kept and isinstance(kept[-1], Wait):
            kept[-1] = Wait(for_s=kept[-1].for_s + step.for_s)
        elif not isinstance(step, Burst):
            kept.append(step)
    return tuple(kept)


def _pass(steps: Steps, size: int, shows: Callable[[Steps], bool]) -> Steps:
    """Leave out `size` steps at a time, from the end to the beginning, wherever that shows it still."""
    at = len(steps)
    while at > 0:
        at = min(at, len(steps))
        fewer = without(steps, range(max(0, at - size), at))
        if weight(fewer) < weight(steps) and shows(fewer):
            steps = fewer
        at -= size
    return steps


def without(steps: Steps, places: range) -> Steps:
    """A plan without the steps at some places, nor what takes these back; heals and settles stay by themselves."""
    gone = [step for place, step in enumerate(steps) if place in places and not isinstance(step, Heal | Settle)]
    faults = {step.id for step in gone if isinstance(step, Inject)}
    loads = {step.id for step in gone if isinstance(step, StartLoad)}
    names = {(step.actor, step.name) for step in gone if isinstance(step, Remind | StartTimer)}
    return tuple(
        step
        for place, step in enumerate(steps)
        if not (place in places and not isinstance(step, Heal | Settle))
        and not (isinstance(step, Heal) and step.id in faults)
        and not (isinstance(step, StopLoad) and step.id in loads)
        and not (isinstance(step, Forget | StopTimer) and (step.actor, step.name) in names)
    )
