"""Mutation: whether the checkers find what they should, and nothing else, on the simulated runtime.

`hunt` plants one bug and lets Hypothesis draw plans, with the machine that is used on live clusters, until a checker
finds a violation; then the plan is shrunk. `alarm` runs everything at once on a runtime without bugs: whatever is found
there is a false alarm; `replay` does the same once more. All belong to the composition root: they know harness and
properties.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Literal

from hypothesis.stateful import RuleBasedStateMachine

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.guardian import PR_SET_PDEATHSIG, prctl, write_owner
from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.faults.fault import Verb
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.runtimes.simulated.bugs import DIRECTED, Bugs
from actorproof.harness.session.scenario import Options, Scenario, setting
from actorproof.harness.session.session import conduct
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.machine import MAX_FAULTS, Drawing, machine, unattended
from actorproof.harness.workload.smaller import TAKES_BACK, calm, smaller, weight
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Heal,
    Inject,
    Plan,
    Remind,
    Settle,
    StartTimer,
    Wait,
    Walk,
)
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.judge import judge
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.scenarios.registry import scenario

STEPS = 10
# A shrunk plan must not be longer; one of so few steps is not shrunk any further.
LONGEST = 6
FEW = 3
# Hypothesis repeats itself once it has run ten examples: after these it begins anew, with another seed.
BATCH = 10
# So many smaller plans of Hypothesis are tried after the first violation; then steps are left out one by one.
SHRINKING = 5
# Above every budget of the reminders guarantee, so that a tick that is missed is seen to be.
SETTLE_S = 50.0
# Placement and schedulers have one replica, then three, in turn.
REPLICAS: tuple[Literal[1, 3], ...] = (1, 3)
TOPOLOGIES = tuple(
    Topology(
        hosts=3,
        spare_hosts=1,
        placements=replicas,
        schedulers=replicas,
        idle_timeout_s=4.5,
        drain_timeout_s=1.0,
        reentrancy=True,
        max_stack_depth=3,
        reentrancy_exceptions=("Lone",),
    )
    for replicas in REPLICAS
)
# What the batches of a hunt take in turn: some promises are judged only where nothing was disturbed for a while.
PROFILES = ((TOPOLOGIES[0], 0), (TOPOLOGIES[0], MAX_FAULTS), (TOPOLOGIES[1], MAX_FAULTS))
# Whatever happens, turns are open: of actors whose state is judged, and of sleepers. Few of them end at a time.
LOAD = Load(
    clients=10,
    actors=8,
    pause_s=0.1,
    hold_s=1.5,
    slow_every=2,
    fickle=0,
    probes=1,
    probe_every_s=1.0,
    mix={"counter": 1, "ledger": 3},
    sleepers=10,
    sleeper_actors=16,
    sleep_s=2.0,
    sleepers_save=True,
)
AFTER_JOIN_S = 16.0
# Waiting costs little in virtual time: long enough for leases to end.
PAUSES_S = (0.2, 1.0, 5.0)
# Few callers and more time: what a false alarm takes is faults, and a thousand seeds have to fit into minutes.
ALARM_S = 8.0
ALARM_CLIENTS = 2
_SCRATCH: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What came of one bug.

    Attributes:
        guarantee, anomaly: what was violated by the shrunk plan; empty when nothing was found.
        fault: what a trial raised that ended the hunt; empty when none did.
        examples: plans that were run until the first violation.
        trials: plans that were run in all.
        seconds: of this process's processor time, until the bug was found and its plan shrunk, or given up.
        replicas: of placement and schedulers, in the run that found it.
        steps: the shrunk plan, without what only takes back what was done.
        scenario: whose plan it was; the state machine's when empty.
    """

    bug: str
    guarantee: str = ""
    anomaly: str = ""
    fault: str = ""
    examples: int
    trials: int
    seconds: float
    replicas: int = 1
    steps: tuple[AnyStep, ...] = ()
    scenario: str = ""

    @property
    def found(self) -> bool:
        return bool(self.guarantee)

    @property
    def short(self) -> bool:
        """Whether the shrunk plan has few enough steps."""
        return len(self.steps) <= LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a seed gave on a runtime without bugs; `violations` and `fault` are empty when all is well.

    Attributes:
        faults, operations, turns: what the run had in it.
        digest: of its history, byte for byte.
        seconds: of processor time.
    """

    seed: int
    violations: tuple[str, ...] = ()
    fault: str = ""
    faults: int = 0
    operations: int = 0
    turns: int = 0
    digest: str = ""
    seconds: float = 0.0

    @property
    def raised(self) -> bool:
        """Whether something was found."""
        return bool(self.violations or self.fault)


class ViolationError(Exception):
    """A plan after which a guarantee does not hold."""


def history(scenario: Scenario, options: Options, *, bugs: Bugs | None = None) -> tuple[list[ev.Event], str]:
    """Run a scenario on the simulated driver: its history, and the digest of the file; nothing of it stays."""
    driver = SimulatedDriver(seed=options.seed, bugs=bugs)
    with tempfile.TemporaryDirectory(prefix="actorproof-") as scratch, _kept(scratch):
        write_owner(scratch, owner=os.getpid())
        folder = RunFolder.create(Path(scratch) / "run")
        driver.run(conduct(scenario, options, run="trial", folder=folder, driver=driver, progress=Silent()))
        events = folder.merge()
        return events, hashlib.sha256(folder.history.read_bytes()).hexdigest()


def trial(scenario: Scenario, options: Options, *, bugs: Bugs | None = None) -> RunVerdict:
    """Run a scenario on the simulated driver and judge it by the guarantees that it can decide."""
    return _judged(scenario, options, history(scenario, options, bugs=bugs)[0])


def _judged(scenario: Scenario, options: Options, events: Sequence[ev.Event]) -> RunVerdict:
    return judge(
        [events],
        catalogue=catalogue(),
        deviations=(),
        profile=options.profile,
        guarantees=scenario.guarantees,
        version=options.version,
        budget=Budget(),
    )


def scene(steps: Sequence[AnyStep], *, topology: Topology = TOPOLOGIES[0]) -> Scenario:
    """The scenario that a hunt performs: these steps, under a light load.

    Hosts must not leave within 15 s of a join, or the drain of that join can't be judged.
    """
    if any(isinstance(step, Inject) and step.verb is Verb.ADD for step in steps):
        steps = [*steps, Wait(for_s=AFTER_JOIN_S)]
    return Scenario(
        name="hunt",
        summary="the steps of one example",
        guarantees=tuple(guarantees()),
        topology=topology,
        load=LOAD,
        plan=lambda _: Plan(steps=tuple(steps)),
        duration_s={"quick": 600, "standard": 600, "soak": 600},
        settle_reminders_s=SETTLE_S,
    )


def violated(verdict: RunVerdict) -> tuple[str, str] | None:
    """The first guarantee that is violated, and the class; None when none is."""
    for each in verdict.guarantees:
        if each.raw_outcome is Outcome.VIOLATED:
            return each.guarantee, each.violations[0].anomaly
    return None


def hunt(bug: str | None, *, seed: int = 0, examples: int = 200, shrink: bool = True) -> Find:
    """Plant a bug, or none, and look for a plan that shows it, then for a small one. The same seed finds the same.

    A plan that stays long is kept, and the search goes on for one that does not. A bug that only a directed scenario
    shows is looked for there, and its plan is made smaller in the same way.
    """
    began_s = time.process_time()
    if bug in DIRECTED:
        return _directed(bug, seed=seed, shrink=shrink)
    hunted = _Hunt(Bugs(names=frozenset({bug} if bug else ())), seed=seed)
    best: _Shown | None = None
    for batch in range(-(-examples // BATCH)):
        hunted.topology, hunted.max_faults = PROFILES[batch % len(PROFILES)]
        drawing = Drawing(examples=min(BATCH, examples - batch * BATCH), steps=STEPS)
        shown = hunted.batch(drawing, seed=f"{seed}/{batch}", shrink=shrink)
        if shown is not None and (best is None or weight(shown.steps) < weight(best.steps)):
            best = shown
        if best is not None and (not shrink or weight(best.steps) <= LONGEST):
            break
    return Find(
        bug=bug or "none",
        guarantee=best.guarantee if best else "",
        anomaly=best.anomaly if best else "",
        examples=hunted.until_found or hunted.trials,
        trials=hunted.trials,
        seconds=time.process_time() - began_s,
        replicas=best.topology.placements if best else 1,
        steps=tuple(step for step in best.steps if not isinstance(step, TAKES_BACK)) if best else (),
    )


def _directed(bug: str, *, seed: int, shrink: bool) -> Find:
    """Perform the scenario that shows a bug, then less of its plan."""
    began_s = time.process_time()
    found = scenario(DIRECTED[bug])
    options = Options(seed=seed, driver="simulated")
    given = setting(options, topology=found.topology, duration_s=found.duration_s["quick"])
    best: tuple[AnyStep, ...] = found.plan(given).steps if found.plan is not None else ()
    seen: dict[tuple[AnyStep, ...], tuple[str, str] | None] = {}

    def judged(steps: tuple[AnyStep, ...]) -> tuple[str, str] | None:
        if steps not in seen:
            performed = replace(found, plan=lambda _: Plan(steps=steps))
            seen[steps] = violated(trial(performed, options, bugs=Bugs(names=frozenset({bug}))))
        return seen[steps]

    if shrink and judged(best):
        best = calm(best) if judged(calm(best)) else best
        best = smaller(best, shows=lambda steps: judged(steps) is not None, enough=FEW)
    guarantee, anomaly = judged(best) or ("", "")
    return Find(
        bug=bug,
        guarantee=guarantee,
        anomaly=anomaly,
        examples=1,
        trials=len(seen),
        seconds=time.process_time() - began_s,
        replicas=found.topology.placements,
        steps=tuple(step for step in best if guarantee and not isinstance(step, TAKES_BACK)),
        scenario=found.name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A plan and what it violates."""

    steps: tuple[AnyStep, ...]
    topology: Topology
    guarantee: str
    anomaly: str


class _Hunt:
    """The trials for one bug.

    Attributes:
        topology, max_faults: of the next trials.
        until_found: how many trials it took to find the first violation; 0 while there is none.
    """

    def __init__(self, bugs: Bugs, *, seed: int) -> None:
        self.topology = TOPOLOGIES[0]
        self.max_faults = MAX_FAULTS
        self.until_found = 0
        self._best: tuple[AnyStep, ...] | None = None
        self._tries = 0
        self._bugs = bugs
        self._options = Options(seed=seed, driver="simulated")
        self._seen: dict[tuple[int, tuple[AnyStep, ...]], tuple[str, str] | None] = {}

    @property
    def trials(self) -> int:
        """How many different plans were run."""
        return len(self._seen)

    def batch(self, drawing: Drawing, *, seed: str, shrink: bool) -> _Shown | None:
        """Draw some plans; the first that shows a violation, made smaller, or None."""
        steps = self._drawn(drawing, seed=seed, shrink=shrink)
        if steps is None:
            return None
        if shrink:
            steps = smaller(steps, shows=lambda fewer: self._judged(fewer) is not None, enough=FEW)
        found = self._judged(steps)
        assert found is not None
        return _Shown(steps=steps, topology=self.topology, guarantee=found[0], anomaly=found[1])

    def _drawn(self, drawing: Drawing, *, seed: str, shrink: bool) -> tuple[AnyStep, ...] | None:
        self._best, self._tries = None, SHRINKING
        with contextlib.suppress(ViolationError):
            unattended(self._machine(), drawing=drawing, seed=seed, shrink=shrink)
        return self._best

    def _judged(self, steps: tuple[AnyStep, ...]) -> tuple[str, str] | None:
        """What a plan violates, guarantee and class; run once."""
        key = (self.topology.placements, steps)
        if key not in self._seen:
            self._seen[key] = violated(trial(scene(steps, topology=self.topology), self._options, bugs=self._bugs))
        return self._seen[key]

    def _example(self, steps: tuple[AnyStep, ...]) -> None:
        """Run what Hypothesis drew; ViolationError when a guarantee is violated."""
        if self._best is not None and (self.topology.placements, steps) not in self._seen:
            if weight(self._best) <= FEW or weight(steps) >= weight(self._best) or not self._tries:
                return  # no smaller than what there is, or enough was tried
            self._tries -= 1
        found = self._judged(steps)
        if found is not None:
            self.until_found = self.until_found or self.trials
            self._best = steps
            raise ViolationError(f"{found[0]}: {found[1]}")

    def _machine(self) -> type[RuleBasedStateMachine]:
        """The machine of live clusters; each example is one run of its own, performed when it has been drawn."""
        steps: list[AnyStep] = []
        drawn = machine(perform=steps.append, topology=self.topology, pauses_s=PAUSES_S, max_faults=self.max_faults)
        run = self._example

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


def alarm(seed: int) -> Alarm:
    """Everything at once, on a runtime without bugs."""
    began_s = time.process_time()
    everything = scenario("everything-at-once")
    options = _alarming(seed)
    try:
        events, digest = history(everything, options)
        verdict = _judged(everything, options, events)
    except Exception as error:  # noqa: BLE001 - told by its seed, and the others go on
        return Alarm(seed=seed, fault=f"{type(error).__name__}: {error}", seconds=time.process_time() - began_s)
    return Alarm(
        seed=seed,
        violations=tuple(
            f"{each.guarantee}: {v.anomaly}: {v.summary}" for each in verdict.guarantees for v in each.violations
        ),
        fault=_fault(verdict),
        faults=sum(isinstance(event, ev.FaultTook) for event in events),
        operations=sum(isinstance(event, ev.Invoked) for event in events),
        turns=sum(isinstance(event, ev.TurnStarted) for event in events),
        digest=digest,
        seconds=time.process_time() - began_s,
    )


def _alarming(seed: int) -> Options:
    return Options(seed=seed, driver="simulated", duration_s=ALARM_S, clients=ALARM_CLIENTS)


def _fault(verdict: RunVerdict) -> str:
    if verdict.outcome is not Outcome.ERROR:
        return ""
    return "; ".join(verdict.problems) or "a checker failed, or the canary was not seen"


def replay(seed: int) -> tuple[int, str]:
    """A seed and the digest of its history, run once more."""
    everything = scenario("everything-at-once")
    try:
        return seed, history(everything, _alarming(seed))[1]
    except Exception as error:  # noqa: BLE001 - a history that could not be made again is another one
        return seed, f"{type(error).__name__}: {error}"


def hunts_and_alarms(
    bugs: Iterable[str], seeds: Iterable[int], *, workers: int, examples: int
) -> Iterator[Find | Alarm]:
    """Hunt bugs and try seeds in as many processes; what comes of them, as it comes."""
    tasks: list[_Task] = [_Task(bug=bug, examples=examples) for bug in bugs]
    tasks += [_Task(seed=seed) for seed in seeds]
    with _pool(workers) as pool:
        yield from pool.imap_unordered(_perform, tasks)


def replays(seeds: Iterable[int], *, workers: int) -> Iterator[tuple[int, str]]:
    """Run seeds once more, in processes of their own, whose hashes differ."""
    with _pool(workers) as pool:
        yield from pool.imap_unordered(replay, list(seeds))


def _pool(workers: int) -> Pool:
    """Processes that leave nothing behind, however this one ends."""
    return multiprocessing.get_context("spawn").Pool(workers, initializer=_begin, initargs=(os.getpid(),))


def _begin(parent: int) -> None:
    """Have a worker end with the process that it works for: the kernel sends it SIGTERM then, as the pool does."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the pool ends its workers
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _leave(number: int, _: object) -> None:
    """End at once, whatever catches exceptions here, and take the scratch folders along."""
    for scratch in _SCRATCH:
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(128 + number)


@contextlib.contextmanager
def _kept(scratch: str) -> Iterator[None]:
    """Have a scratch folder removed when this process is told to end meanwhile."""
    _SCRATCH.add(scratch)
    try:
        yield
    finally:
        _SCRATCH.discard(scratch)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    bug: str = ""
    examples: int = 0
    seed: int = 0


def _perform(task: _Task) -> Find | Alarm:
    if not task.bug:
        return alarm(task.seed)
    began_s = time.process_time()
    try:
        return hunt(task.bug, examples=task.examples)
    except Exception as error:  # noqa: BLE001 - told by its bug, and the others go on
        spent_s = time.process_time() - began_s
        return Find(bug=task.bug, fault=f"{type(error).__name__}: {error}", examples=0, trials=0, seconds=spent_s)


def described(steps: Sequence[AnyStep]) -> str:
    """A plan in a line."""
    return ", ".join(_described(step) for step in steps)


def _described(step: AnyStep) -> str:
    match step:
        case Wait(for_s=for_s):
            return f"{for_s:g} s"
        case Inject(verb=verb, target=target):
            return f"{verb} {target}"
        case Burst(actor=actor, callers=callers, hold_s=hold_s):
            return f"{callers} calls of {hold_s:g} s on {actor}"
        case Remind(due_s=due_s, period_s=period_s):
            return f"remind in {due_s:g} s" + (f", every {period_s:g} s" if period_s else "")
        case StartTimer(due_s=due_s, period_s=period_s):
            return f"timer in {due_s:g} s" + (f", every {period_s:g} s" if period_s else "")
        case Walk(actor=actor, route=route):
            return f"chain of {len(route) + 1} from {actor}"
        case _:
            return type(step).__name__.lower()
