"""Shrink: from a recorded run and one of its causes to a plan of few steps that shows it still."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from msgspec.structs import replace as with_fields

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.harness.history.folder import PLAN, write_atomically
from actorproof.harness.progress import Progress
from actorproof.harness.run.analysis import read, report
from actorproof.harness.run.replays import CameBack, RecordedPlan, Trial, cause_keys, performed
from actorproof.harness.run.shrink.smaller import smallest
from actorproof.harness.run.shrink.trials import Trials
from actorproof.harness.run.shrink.written_out import written_out
from actorproof.harness.session.scenario import scenario_of
from actorproof.harness.workload.smaller import weight
from actorproof.harness.workload.step import Burst, Inject
from actorproof.harness.workload.written import WrittenScenario
from actorproof.properties.causes.cause import key_of
from actorproof.properties.causes.named import Named

TRIALS = "trials.jsonl"
SMALLEST = "smallest.json"
LAST_RED = "last"
LONGER = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What came of it.

    Attributes:
        plan: the smallest one.
        finished: whether nothing more can be left out; else the time was up.
        came_back: how often its cause came back when it was performed at the end.
        folder: where all of it stands; the last run that showed the cause is below it.
    """

    plan: WrittenScenario
    finished: bool
    came_back: CameBack
    trials: int
    folder: Path


class _TimeUpError(Exception):
    """No more trials: the time is up."""


class Shrinking:
    """Makes the plan of a run small, in `folder`; what is there of an earlier time is gone on with.

    UsageError when the run does not show the cause.
    """

    def __init__(
        self,
        recorded: RecordedPlan,
        *,
        cause: str,
        rate: float,
        limit_s: float,
        folder: Path,
        progress: Progress,
        said: Callable[[str], None],
    ) -> None:
        self._recorded = recorded
        self._cause = cause
        self._ends_s = time.monotonic() + limit_s
        self._progress = progress
        self._said = said
        self.folder = folder
        self._run = read(recorded.folder)
        verdict = report(self._run).verdict
        found = [(each, traced) for each in verdict.causes for traced in each.traced if key_of(each, traced) == cause]
        if not found:
            has = ", ".join(sorted(cause_keys(verdict))) or "none at all"
            raise UsageError(f"run {recorded.folder} shows no cause {cause}: it has {has}")
        self._traced = [traced for _, traced in found]
        example = found[0][0].example
        self._example = example if example in self._traced else self._traced[0]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(f"{folder} can't be made ({error.strerror}): free some space there") from error
        self.trials = Trials(folder / TRIALS, rate=rate, perform=self._perform)

    def perform(self, *, replays: int) -> Shrunk:
        """Make it small, then perform what is left `replays` times.

        UsageError when not even the whole plan shows the cause at the wanted rate.
        """
        best, finished = None, True
        try:
            best = self._start()
            best = smallest(best, shows=self._shows)
        except _TimeUpError:
            best, finished = self._best(), False
            if best is None:
                raise UsageError(
                    f"the time was up before any plan had shown {self._cause} often enough: choose a longer --limit,"
                    " or a lower --rate; what was tried is kept"
                ) from None
        while finished and len(self.trials.of(best)) < replays:
            self.trials.again(best)
        seen = self.trials.of(best)
        return Shrunk(
            plan=best,
            finished=finished,
            came_back=CameBack(cause=self._cause, count=sum(seen), of=len(seen)),
            trials=self.trials.count,
            folder=self.folder,
        )

    def _start(self) -> WrittenScenario:
        """The first plan that shows it, of those that hold ever more of the run."""
        tried: list[WrittenScenario] = []
        for name, plan in self._starts():
            if plan in tried:
                continue
            tried.append(plan)
            self._said(f"{_left(plan)}: {name}")
            if self._shows(plan):
                return plan
        count, of = sum(self.trials.of(self._recorded.plan)), len(self.trials.of(self._recorded.plan))
        raise UsageError(
            f"the whole plan showed {self._cause} in {count} of {of} replays only: choose a lower --rate, or another"
            " run"
        )

    def _starts(self) -> Iterator[tuple[str, WrittenScenario]]:
        """Plans that hold ever more of the run. Few calls have to meet a fault that takes now more and now less time,
        so they are tried with longer turns too.
        """
        plan, events = self._recorded.plan, self._run.histories[0]
        last_ns = max(traced.violation.at_ns for traced in self._traced)
        example = self._example.violation
        calls = self._calls_of_example()
        struck = {traced.violation.actor for traced in self._traced}
        for name, actors, until_ns, wanted in (
            ("the calls of the example", {example.actor}, example.at_ns, lambda event: event.op in calls),
            ("the actor of the example", {example.actor}, example.at_ns, lambda event: event.actor == example.actor),
            ("every actor that it struck", struck, last_ns, lambda event: event.actor in struck),
        ):
            out = _only(written_out(plan, events, wanted=wanted, until_ns=until_ns), actors)
            yield f"without the load, but for {name}", out
            if actors is not struck:
                yield f"the same, with turns {LONGER:g} times as long", _longer(out)
        yield "every call by itself", written_out(plan, events, wanted=lambda _: True, until_ns=last_ns)
        yield "the whole", plan

    def _calls_of_example(self) -> frozenset[str]:
        """The operations that the smallest violation is about."""
        named = Named(self._run.timelines[0])
        turns = (turn.start.op for turn in named.turns(self._example.violation))
        operations = (operation.id for operation in named.operations(self._example.violation))
        return frozenset(op for op in (*turns, *operations) if op is not None)

    def _shows(self, plan: WrittenScenario) -> bool:
        showed = self.trials.shows(plan)
        if showed:
            write_atomically(self.folder / SMALLEST, msgspec.json.format(msgspec.json.encode(plan)))
            self._said(f"{self.trials.count} trials, left: {_left(plan)}")
        return showed

    def _best(self) -> WrittenScenario | None:
        file = self.folder / SMALLEST
        return msgspec.json.decode(file.read_bytes(), type=WrittenScenario) if file.is_file() else None

    def _perform(self, plan: WrittenScenario, number: int) -> bool | None:
        if time.monotonic() > self._ends_s:
            raise _TimeUpError
        runs = self.folder / "runs"
        options = self._recorded.options(trial=number)
        if options.driver != "simulated":
            options = replace(options, store=plan.topology.store)
        scenario = scenario_of(plan, source=str(self.folder / LAST_RED / PLAN))
        trial = performed(scenario, options, out=runs, progress=self._progress)
        showed = self._cause in trial.causes
        self._keep(trial, showed=showed)
        return None if trial.failure else showed

    def _keep(self, trial: Trial, *, showed: bool) -> None:
        """Keep the last run that showed it, and no other: they would fill a disk."""
        last = self.folder / LAST_RED
        if showed and trial.folder is not None:
            shutil.rmtree(last, ignore_errors=True)
            trial.folder.rename(last)
        shutil.rmtree(self.folder / "runs", ignore_errors=True)


def _only(plan: WrittenScenario, actors: set[str]) -> WrittenScenario:
    """The plan without bursts on other actors."""
    kept = tuple(step for step in plan.steps if not isinstance(step, Burst) or step.actor in actors)
    return with_fields(plan, steps=kept)


def _longer(plan: WrittenScenario) -> WrittenScenario:
    """The plan with longer turns, where turns take their time."""
    steps = (
        with_fields(step, hold_s=round(step.hold_s * LONGER, 3)) if isinstance(step, Burst) and step.hold_s else step
        for step in plan.steps
    )
    return with_fields(plan, steps=tuple(steps))


def _left(plan: WrittenScenario) -> str:
    """How much a plan holds, in a few words."""
    faults = sum(isinstance(step, Inject) for step in plan.steps)
    calls = sum(step.callers for step in plan.steps if isinstance(step, Burst))
    load = f", load of {plan.load.clients} clients" if plan.load.clients else ""
    return f"{weight(plan.steps)} steps, {faults} faults, {calls} calls, {plan.topology.hosts} hosts{load}"
