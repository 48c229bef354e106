"""Drawing: has Hypothesis run the state machine by itself, as long as there is use for what it draws."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Hashable

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.machine.example import Perform
from actorproof.harness.workload.machine.machine import machine
from actorproof.harness.workload.step import AnyStep, Wait


class _EnoughError(Exception):
    """What was drawn takes longer than there is time."""


class _Time:
    """How much of the time is left for what is drawn, by its waits."""

    def __init__(self, left_s: float, perform: Perform) -> None:
        self._left_s = left_s
        self._perform = perform
        self._waited_s = 0.0

    def perform(self, step: AnyStep) -> None:
        """Hand on a step while there is time: an example that has begun is handed on to its end."""
        if self._left_s > 0:
            self._perform(step)
            self._waited_s += step.for_s if isinstance(step, Wait) else 0.0

    def end_example(self) -> None:
        """Take off what an example waited. _EnoughError when nothing is left.

        That is the only way to have Hypothesis draw no more. It runs the example once again: nothing is handed on.
        """
        self._left_s -= self._waited_s
        self._waited_s = 0.0
        if self._left_s <= 0:
            raise _EnoughError


def draw(*, perform: Perform, topology: Topology, drawing: Drawing, seed: int, duration_s: float | None = None) -> None:
    """Run the state machine: `drawing.examples` examples from `seed`. Whatever happens to the cluster, it never raises.

    With `duration_s`, no example begins when the waits of those before it take that long: nobody would perform it.

    On a live cluster nothing is shrunk or replayed by Hypothesis (the cluster is not deterministic, so it would call
    the result flaky): only the generate phase runs, without a database and without deadlines.
    """
    time = _Time(math.inf if duration_s is None else duration_s, perform)

    drawn = machine(
        perform=time.perform,
        topology=topology,
        pauses_s=drawing.pauses_s,
        max_faults=drawing.max_faults,
        verbs=drawing.verbs,
        odd_ids=drawing.odd_ids,
    )

    class Bounded(drawn):  # type: ignore[misc, valid-type]
        def teardown(self) -> None:
            super().teardown()
            time.end_example()

    with contextlib.suppress(_EnoughError):
        unattended(Bounded, drawing=drawing, seed=seed)


def unattended(drawn: type[RuleBasedStateMachine], *, drawing: Drawing, seed: Hashable, shrink: bool = False) -> None:
    """Have Hypothesis run a state machine by itself: from one seed, without a database, deadlines or a word.

    Whatever the machine raises comes out, with `shrink` by the smallest plan that Hypothesis found.
    """
    settings = hypothesis.settings(
        max_examples=drawing.examples,
        stateful_step_count=drawing.steps,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    run_state_machine_as_test(hypothesis.seed(seed)(drawn), settings=settings)
