"""Hunt: looks for a plan that shows a planted bug, then for a small one.

Hypothesis draws plans, with the machine that is used on live clusters, until a checker finds a violation; then it
shrinks the plan, and steps are left out one by one.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import msgspec
from hypothesis.stateful import RuleBasedStateMachine

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.mutation.directed import directed
from actorproof.harness.mutation.find import FEW, LONGEST, Find
from actorproof.harness.mutation.scene import TOPOLOGIES, scene
from actorproof.harness.mutation.trial import trial, violated
from actorproof.harness.runtimes.simulated.planting import named
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.extent import MAX_FAULTS, Drawing
from actorproof.harness.workload.machine.drawing import unattended
from actorproof.harness.workload.machine.machine import machine
from actorproof.harness.workload.smaller import smaller, weight
from actorproof.harness.workload.step import AnyStep, Heal, Settle

STEPS = 10
# Hypothesis repeats itself once it has run ten examples: after these it begins anew, with another seed.
BATCH = 10
# So many smaller plans of Hypothesis are tried after the first violation; then steps are left out one by one.
SHRINKING = 5
# What the batches of a hunt take in turn: some promises are judged only where nothing was disturbed for a while.
PROFILES = ((TOPOLOGIES[0], 0), (TOPOLOGIES[0], MAX_FAULTS), (TOPOLOGIES[1], MAX_FAULTS))
# Waiting costs little in virtual time: long enough for leases to end.
PAUSES_S = (0.2, 1.0, 5.0)


class ViolationError(Exception):
    """A plan after which a guarantee does not hold."""


class _EnoughError(BaseException):
    """What was found is small enough, or enough that is smaller was tried.

    No Exception, which Hypothesis would take for one more find: it shrinks no further, and lets this out.
    """


def hunt(bug: str | None, *, seed: int = 0, examples: int = 200, shrink: bool = True) -> Find:
    """Plant a bug, or none, and look for a plan that shows it, then for a small one. The same seed finds the same.

    A plan that stays long is kept, and the search goes on for one that does not. A bug that only a directed scenario
    shows is looked for there, and its plan is made smaller in the same way. UsageError for an unknown bug.
    """
    if bug is not None and named(bug).scenario:
        return directed(bug, named(bug).scenario, seed=seed, shrink=shrink)
    return _drawn(bug, seed=seed, examples=examples, shrink=shrink)


def _drawn(bug: str | None, *, seed: int, examples: int, shrink: bool) -> Find:
    """Look for a bug in plans that are drawn, batch by batch."""
    began_s = time.process_time()
    hunted = _Hunt(bug, seed=seed)
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
        plan=best.steps if best else (),
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

    def __init__(self, bug: str | None, *, seed: int) -> None:
        self.topology = TOPOLOGIES[0]
        self.max_faults = MAX_FAULTS
        self.until_found = 0
        self._best: tuple[AnyStep, ...] | None = None
        self._tries = 0
        self._bug = bug
        self._options = Options(seed=seed, driver="simulated")
        self._seen: dict[tuple[int, bytes], tuple[str, str] | None] = {}

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
        with contextlib.suppress(ViolationError, _EnoughError):
            unattended(self._machine(), drawing=drawing, seed=seed, shrink=shrink)
        return self._best

    def _judged(self, steps: tuple[AnyStep, ...]) -> tuple[str, str] | None:
        """What a plan violates, guarantee and class; run once."""
        key = self._key(steps)
        if key not in self._seen:
            self._seen[key] = violated(trial(scene(steps, topology=self.topology), self._options, bug=self._bug))
        return self._seen[key]

    def _key(self, steps: tuple[AnyStep, ...]) -> tuple[int, bytes]:
        """What makes two plans one: where they run, and what they say. (Steps hold maps, so they can't be keys.)"""
        return self.topology.placements, msgspec.json.encode(steps)

    def _example(self, steps: tuple[AnyStep, ...]) -> None:
        """Run what Hypothesis drew; ViolationError when a guarantee is violated."""
        if self._best is not None and self._key(steps) not in self._seen:
            if weight(self._best) <= FEW or not self._tries:
                raise _EnoughError
            if weight(steps) >= weight(self._best):
                return
            self._tries -= 1
        found = self._judged(steps)
        if found is not None:
            self.until_found = self.until_found or self.trials
            if self._best is None or weight(steps) <= weight(self._best):
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
