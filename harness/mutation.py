"""Mutation: whether the checkers find what they should, and nothing else, on the simulated runtime.

`hunt` plants one bug and lets Hypothesis draw plans, with the machine that is used on live clusters, until a checker
finds a violation; then Hypothesis shrinks the plan. `alarms` runs everything at once on a runtime without bugs:
whatever is found there is a false alarm. Both belong to the composition root: they know harness and properties.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from actorproof.harness.cluster.guardian import write_owner
from actorproof.harness.cluster.simulated.bugs import Bugs
from actorproof.harness.driver.simulated import SimulatedDriver
from actorproof.harness.faults.fault import Verb
from actorproof.harness.folder import RunFolder
from actorproof.harness.run import catalogue
from actorproof.harness.scenario import Options, Scenario
from actorproof.harness.session import conduct
from actorproof.harness.topology import Topology
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.machine import machine
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
from actorproof.properties.judge import CHECKERS, judge
from actorproof.properties.judgement import Judgement
from actorproof.properties.verdict import Budget, Outcome
from actorproof.scenarios.registry import scenario

PROFILE = "quick"
STEPS = 10
# So many plans are tried after the first violation, to find a smaller one.
SHRINKING = 40
# Above every budget of the reminders guarantee, so that a tick that is missed is seen to be.
SETTLE_S = 50.0
TOPOLOGY = Topology(
    hosts=3,
    spare_hosts=1,
    idle_timeout_s=4.5,
    drain_timeout_s=1.0,
    reentrancy=True,
    max_stack_depth=3,
    reentrancy_exceptions=("Lone",),
)
# Whatever happens, turns are open.
LOAD = Load(
    clients=3,
    actors=4,
    pause_s=0.05,
    fickle=0,
    probes=5,
    mix={"counter": 1, "ledger": 3},
    sleepers=24,
    sleeper_actors=32,
    sleep_s=2.0,
)
AFTER_JOIN_S = 16.0
# Waiting costs nothing in virtual time: long enough for leases to end.
PAUSES_S = (0.2, 1.0, 4.0, 8.0)
ALARM_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What came of one bug.

    Attributes:
        guarantee, klass: what was violated by the shrunk plan; empty when nothing was found.
        examples: plans that were run until the first violation.
        seconds: until the bug was found and its plan shrunk, or given up.
        steps: the shrunk plan, without what only takes back what was done.
    """

    bug: str
    guarantee: str = ""
    klass: str = ""
    examples: int
    seconds: float
    steps: tuple[AnyStep, ...] = ()

    @property
    def found(self) -> bool:
        return bool(self.guarantee)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a seed gave on a runtime without bugs; `violations` and `fault` are empty when all is well."""

    seed: int
    violations: tuple[str, ...] = ()
    fault: str = ""
    seconds: float


class ViolationError(Exception):
    """A plan after which a guarantee does not hold."""


class _Silent:
    """Progress that says nothing."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Say nothing."""


def trial(scenario: Scenario, options: Options, *, bugs: Bugs | None = None) -> Judgement:
    """Run a scenario on the simulated driver and judge it by the guarantees that it can decide; nothing of it stays."""
    driver = SimulatedDriver(seed=options.seed, bugs=bugs)
    with tempfile.TemporaryDirectory(prefix="actorproof-") as scratch:
        write_owner(scratch, owner=os.getpid())
        folder = RunFolder.create(Path(scratch) / "run")
        driver.run(conduct(scenario, options, run="trial", folder=folder, driver=driver, progress=_Silent()))
        events = folder.merge()
    return judge(
        [events],
        catalogue=catalogue(),
        deviations=(),
        profile=options.profile,
        guarantees=scenario.guarantees,
        version=options.version,
        budget=Budget(),
    )


def scene(steps: Sequence[AnyStep]) -> Scenario:
    """The scenario that a hunt performs: these steps, under a light load.

    Hosts must not leave within 15 s of a join, or the drain of that join can't be judged.
    """
    if any(isinstance(step, Inject) and step.verb is Verb.ADD for step in steps):
        steps = [*steps, Wait(for_s=AFTER_JOIN_S)]
    return Scenario(
        name="hunt",
        summary="the steps of one example",
        guarantees=tuple(CHECKERS),
        topology=TOPOLOGY,
        load=LOAD,
        plan=lambda _: Plan(steps=tuple(steps)),
        duration_s={"quick": 600, "standard": 600, "soak": 600},
        settle_reminders_s=SETTLE_S,
    )


def violated(judgement: Judgement) -> tuple[str, str] | None:
    """The first guarantee that is violated, and the class; None when none is."""
    for each in judgement.guarantees:
        if each.verdict.outcome is Outcome.VIOLATED:
            return each.terms.guarantee, each.verdict.violations[0].klass
    return None


def hunt(bug: str | None, *, seed: int = 0, examples: int = 200, shrink: bool = True) -> Find:
    """Plant a bug, or none, and look for a plan that shows it, then for the smallest. The same seed finds the same."""
    began = time.monotonic()
    bugs = Bugs(names=frozenset({bug} if bug else ()))
    seen: dict[tuple[AnyStep, ...], tuple[str, str] | None] = {}
    until_found = 0
    last: tuple[AnyStep, ...] = ()

    def judged(steps: tuple[AnyStep, ...]) -> tuple[str, str] | None:
        if steps not in seen:
            seen[steps] = violated(trial(scene(steps), Options(seed=seed, driver="simulated"), bugs=bugs))
        return seen[steps]

    def run(steps: tuple[AnyStep, ...]) -> None:
        nonlocal until_found, last
        if steps not in seen and until_found and len(seen) - until_found >= SHRINKING:
            return  # enough was tried: what is smallest so far stays
        found = judged(steps)
        if found is not None:
            until_found = until_found or len(seen)
            last = steps
            raise ViolationError(f"{found[0]}: {found[1]}")

    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    with contextlib.suppress(ViolationError):
        run_state_machine_as_test(hypothesis.seed(seed)(_hunter(run)), settings=settings)
    if not until_found:
        return Find(bug=bug or "none", examples=len(seen), seconds=time.monotonic() - began)
    smallest = trimmed(last, lambda steps: judged(steps) is not None) if shrink else last
    guarantee, klass = judged(smallest) or ("", "")
    steps = tuple(step for step in smallest if not isinstance(step, Heal | Forget | StopTimer | Settle))
    seconds = time.monotonic() - began
    return Find(bug=bug or "none", guarantee=guarantee, klass=klass, examples=until_found, seconds=seconds, steps=steps)


def trimmed(steps: tuple[AnyStep, ...], shows: Callable[[tuple[AnyStep, ...]], bool]) -> tuple[AnyStep, ...]:
    """A plan without the steps that it doesn't take to show a violation, each left out with what takes it back."""
    at = len(steps)
    while at > 0:
        at -= 1
        fewer = _without(steps, at)
        if fewer != steps and shows(fewer):
            steps, at = fewer, min(at, len(fewer))
    return steps


def _without(steps: tuple[AnyStep, ...], at: int) -> tuple[AnyStep, ...]:
    left_out = steps[at]
    match left_out:
        case Inject(id=id_):
            return tuple(s for s in steps if not (isinstance(s, Inject | Heal) and s.id == id_))
        case Remind(actor=actor, name=name):
            return tuple(
                s for s in steps if not (isinstance(s, Remind | Forget) and (s.actor, s.name) == (actor, name))
            )
        case StartTimer(actor=actor, name=name):
            return tuple(
                s for s in steps if not (isinstance(s, StartTimer | StopTimer) and (s.actor, s.name) == (actor, name))
            )
        case Wait() | Burst() | Walk() | Forget() | StopTimer():
            return steps[:at] + steps[at + 1 :]
        case _:
            return steps


def _hunter(run: Callable[[tuple[AnyStep, ...]], None]) -> type[RuleBasedStateMachine]:
    """The machine of live clusters; each example is one run of its own, performed when it has been drawn."""
    steps: list[AnyStep] = []
    drawn = machine(perform=steps.append, topology=TOPOLOGY, pauses_s=PAUSES_S)

    class Hunter(drawn):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            # Each example has a cluster of its own, and the same names each time.
            self.example = "x"
            steps.clear()

        def teardown(self) -> None:
            # Reminders stay registered until the session forgets them, so that a missed tick is seen.
            steps.extend(Heal(id=id_) for id_ in self.faults)
            run((*steps, Settle()))

    return Hunter


def hunt_all(names: Iterable[str], *, workers: int, seed: int = 0, examples: int = 200) -> Iterator[Find]:
    """Hunt several bugs at once, in as many processes; finds come as they are made."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(partial(hunt, seed=seed, examples=examples), list(names))


def alarm(seed: int) -> Alarm:
    """Everything at once, on a runtime without bugs."""
    began = time.monotonic()
    fault = ""
    violations: tuple[str, ...] = ()
    try:
        judgement = trial(scenario("everything-at-once"), Options(seed=seed, driver="simulated", duration_s=ALARM_S))
    except Exception as error:  # noqa: BLE001 - told by its seed, and the others go on
        fault = f"{type(error).__name__}: {error}"
    else:
        violations = tuple(
            f"{each.terms.guarantee}: {v.klass}: {v.summary}"
            for each in judgement.guarantees
            for v in each.verdict.violations
        )
        if judgement.outcome is Outcome.ERROR:
            fault = "; ".join(judgement.problems) or "a checker failed, or the canary was not seen"
    return Alarm(seed=seed, violations=violations, fault=fault, seconds=time.monotonic() - began)


def alarms(seeds: Iterable[int], *, workers: int) -> Iterator[Alarm]:
    """Try many seeds at once, in as many processes."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(alarm, list(seeds), chunksize=4)
