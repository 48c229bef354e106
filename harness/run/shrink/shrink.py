"""Shrink: from a recorded run and one of its causes to a plan of few steps that shows it still."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from actorproof.harness.run.shrink.waiting import waited_behind
from actorproof.harness.run.shrink.written_out import written_out
from actorproof.harness.session.scenario import scenario_of
from actorproof.harness.workload.smaller import weight
from actorproof.harness.workload.step import AnyStep, Burst, Heal, Inject, Wait
from actorproof.harness.workload.written import WrittenScenario
from actorproof.plural import some
from actorproof.properties.causes.cause import key_of
from actorproof.properties.causes.named import Named

TRIALS = "trials.jsonl"
SMALLEST = "smallest.json"
LAST_RED = "last"
LONGER = 1.3
SPREAD_S = (0.0, 2.5, 5.0)
BEFORE_S, AFTER_S = 1.0, 5.0
SMALLER_SHARE = 0.7
"""Of the time, so much is for making it smaller: what is left has to be performed again, to know how often it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What came of it.

    Attributes:
        plan: the smallest one that comes back often enough.
        guarantee: the one that its cause has to break; any when empty.
        finished: whether nothing more can be left out; else the time was up.
        came_back: how often its cause came back when it was performed again, after it had been chosen.
        folder: where all of it stands; the last run that showed the cause is below it.
    """

    plan: WrittenScenario
    guarantee: str = ""
    finished: bool
    came_back: CameBack
    trials: int
    folder: Path


class _TimeUpError(Exception):
    """No more trials: the time is up."""


class Shrinking:
    """Makes the plan of a run small, in `folder`; what is there of an earlier time is gone on with.

    With a `guarantee` the cause has to break that one. UsageError when the run does not show the cause.
    """

    def __init__(
        self,
        recorded: RecordedPlan,
        *,
        cause: str,
        guarantee: str = "",
        rate: float,
        limit_s: float,
        folder: Path,
        progress: Progress,
        said: Callable[[str], None],
    ) -> None:
        self._recorded = recorded
        self._cause = cause
        self._guarantee = guarantee
        self._rate = rate
        self._limit_s = limit_s
        self._ends_s = 0.0
        self._showed: list[WrittenScenario] = []
        self._progress = progress
        self._said = said
        self.folder = folder
        self._run = read(recorded.folder)
        verdict = report(self._run).verdict
        found = [(each, traced) for each in verdict.causes for traced in each.traced if key_of(each, traced) == cause]
        if not found:
            has = ", ".join(sorted(cause_keys(verdict))) or "none at all"
            raise UsageError(f"run {recorded.folder} shows no cause {cause}: it has {has}")
        self._traced = [traced for _, traced in found if guarantee in {"", traced.guarantee}]
        if not self._traced:
            has = ", ".join(sorted({traced.guarantee for _, traced in found}))
            raise UsageError(f"{cause} does not break {guarantee} in run {recorded.folder}: it breaks {has}")
        example = found[0][0].example
        fewest = min(self._traced, key=lambda each: len(each.violation.events))
        self._example = example if example in self._traced else fewest
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(f"{folder} can't be made ({error.strerror}): free some space there") from error
        self.trials = Trials(folder / TRIALS, rate=rate, perform=self._perform)

    def perform(self, *, replays: int) -> Shrunk:
        """Make it small, then perform what is left `replays` times.

        UsageError when not even the whole plan shows the cause at the wanted rate.
        """
        began_s, finished = time.monotonic(), True
        self._ends_s = began_s + SMALLER_SHARE * self._limit_s
        try:
            best = smallest(self._start(), shows=self._shows)
        except _TimeUpError:
            kept, finished = self._best(), False
            if kept is None:
                raise UsageError(
                    f"the time was up before any plan had shown {self._cause} often enough: choose a longer --limit,"
                    " or a lower --rate; what was tried is kept"
                ) from None
            best = kept
        self._ends_s = began_s + self._limit_s
        try:
            best = self._proven(best, replays=replays)
        except _TimeUpError:
            best, finished = self._best() or best, False
        return Shrunk(
            plan=best,
            guarantee=self._guarantee,
            finished=finished,
            came_back=self._came_back(best),
            trials=self.trials.count,
            folder=self.folder,
        )

    def _proven(self, best: WrittenScenario, *, replays: int) -> WrittenScenario:
        """The smallest that comes back at the wanted rate in `replays` more runs; else the one that did most often.

        Of many plans that are tried a few times each, some are chosen by luck: then the one before is tried.
        """
        tried: list[WrittenScenario] = []
        for plan in (best, *(each for each in reversed(self._showed) if each != best)):
            allowed = replays - self._rate * replays
            while len(seen := self.trials.further(plan)) < replays and len(seen) - sum(seen) <= allowed:
                self.trials.again(plan)
            tried.append(plan)
            if len(seen) >= replays and sum(seen) >= self._rate * len(seen):
                self._keep_smallest(plan)
                return plan
            self._said(f"{self._came_back(plan)}: too seldom, so back to the plan before")
        most = max(tried, key=lambda plan: sum(self.trials.further(plan)) / max(1, len(self.trials.further(plan))))
        self._keep_smallest(most)
        return most

    def _came_back(self, plan: WrittenScenario) -> CameBack:
        seen = self.trials.further(plan) or self.trials.of(plan)
        return CameBack(cause=self._cause, count=sum(seen), of=len(seen))

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
        so they are tried with longer turns first. The first hold only the faults of the example: they take seconds.
        """
        plan, events = self._recorded.plan, self._run.histories[0]
        last_ns = max(traced.violation.at_ns for traced in self._traced)
        example = self._example.violation
        calls = self._calls_of_example()
        struck = {traced.violation.actor for traced in self._traced}
        faults = {link.anchor for link in self._example.links if link.kind == "fault"}
        few = written_out(plan, events, wanted=lambda event: event.op in calls, until_ns=example.at_ns)
        alone = with_fields(few, steps=tuple(_gathered(_alone(few.steps, faults=faults, actors={example.actor}))))
        if faults:
            yield (
                "the calls of the example and its faults alone, by actors with turns ever longer",
                _spread(alone, example.actor),
            )
        yield "the calls of the example and its faults alone", alone
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
        """The operations that the smallest violation is about, those that led to it, and those that they waited behind.

        A call that was let in too late or too soon is seen only where another one held its actor.
        """
        named = Named(self._run.timelines[0])
        turns = (turn.start.op for turn in named.turns(self._example.violation))
        operations = (operation.id for operation in named.operations(self._example.violation))
        anchors = (link.anchor for link in self._example.links)
        about = frozenset(op for op in (*turns, *operations, *anchors) if op is not None)
        return about | waited_behind(self._run.histories[0], about)

    def _shows(self, plan: WrittenScenario) -> bool:
        showed = self.trials.shows(plan)
        if showed:
            self._showed.append(plan)
            self._keep_smallest(plan)
            self._said(f"{self.trials.count} trials, left: {_left(plan)}")
        return showed

    def _keep_smallest(self, plan: WrittenScenario) -> None:
        write_atomically(self.folder / SMALLEST, msgspec.json.format(msgspec.json.encode(plan)))

    def _best(self) -> WrittenScenario | None:
        file = self.folder / SMALLEST
        return msgspec.json.decode(file.read_bytes(), type=WrittenScenario) if file.is_file() else None

    def _perform(self, plan: WrittenScenario, number: int) -> bool | str:
        if time.monotonic() > self._ends_s:
            raise _TimeUpError
        runs = self.folder / "runs"
        options = self._recorded.options(trial=number)
        if options.driver != "simulated":
            options = replace(options, store=plan.topology.store)
        scenario = scenario_of(plan, source=str(self.folder / LAST_RED / PLAN))
        trial = performed(scenario, options, out=runs, progress=self._progress)
        wanted = (self._cause, self._guarantee)
        showed = wanted in trial.broken if self._guarantee else self._cause in trial.causes
        self._keep(trial, showed=showed)
        return trial.failure or showed

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


def _alone(steps: Sequence[AnyStep], *, faults: set[str], actors: set[str]) -> Iterator[AnyStep]:
    """The steps that are about some faults and actors, and all waits."""
    for step in steps:
        match step:
            case Wait():
                yield step
            case Inject(id=id_) | Heal(id=id_):
                if id_ in faults:
                    yield step
            case _ if getattr(step, "actor", None) in actors:
                yield step


def _gathered(steps: Iterable[AnyStep]) -> Sequence[AnyStep]:
    """The steps with one wait where several follow each other, and short ones before the first and after the last."""
    found: list[AnyStep] = []
    for step in steps:
        if isinstance(step, Wait) and found and isinstance(before := found[-1], Wait):
            found[-1] = Wait(for_s=round(before.for_s + step.for_s, 3))
        else:
            found.append(step)
    for at, most_s in ((0, BEFORE_S), (-1, AFTER_S)):
        if found and isinstance(wait := found[at], Wait):
            found[at] = Wait(for_s=min(wait.for_s, most_s))
    return found


def _spread(plan: WrittenScenario, actor: str) -> WrittenScenario:
    """The plan with each call of an actor made to further ones, whose first turns are so much longer that a host which
    joins now sooner and now later meets the first turn of one of them, and the calls that wait behind it.
    """
    calls = [at for at, step in enumerate(plan.steps) if isinstance(step, Burst) and step.actor == actor]
    steps: list[AnyStep] = []
    for at, step in enumerate(plan.steps):
        if not isinstance(step, Burst) or step.actor != actor:
            steps.append(step)
            continue
        for number, longer_s in enumerate(SPREAD_S, start=1):
            hold_s = round(step.hold_s + longer_s, 3) if at == calls[0] else step.hold_s
            steps.append(with_fields(step, actor=f"{actor}-{number}" if longer_s else actor, hold_s=hold_s))
    return with_fields(plan, steps=tuple(steps))


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
    counts = (some(weight(plan.steps), "step"), some(faults, "fault"), some(calls, "call"))
    return f"{', '.join(counts)}, {some(plan.topology.hosts, 'host')}{load}"
