"""Replays: a recorded plan performed again and again, and how often each cause came back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from actorproof.harness.errors import ActorproofError, HistoryError, UsageError
from actorproof.harness.history.folder import PLAN, RunFolder
from actorproof.harness.history.info import RunInfo
from actorproof.harness.progress import Progress
from actorproof.harness.run import run as running
from actorproof.harness.run.analysis import read, report
from actorproof.harness.session.scenario import Options, Profile, Scenario, scenario_of
from actorproof.harness.workload.written import WrittenScenario
from actorproof.properties.causes.cause import key_of
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.statistics import Interval, interval
from actorproof.properties.verdict.verdict import RunVerdict

VERDICTS = "verdicts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPlan:
    """What a run did, and with what.

    Attributes:
        folder: of the run, or of the part of it that this is.
    """

    folder: Path
    info: RunInfo
    plan: WrittenScenario

    def scenario(self) -> Scenario:
        """The recorded plan as a scenario. Whoever wants it again runs plan.json."""
        return scenario_of(self.plan, source=str(self.folder / PLAN))

    def options(self, *, version: str | None = None, driver: str | None = None, trial: int = 0) -> Options:
        """The options of the run, for its first and every further repetition.

        A simulated runtime does the same from the same seed, so each repetition has a seed of its own there.
        """
        drive = driver or self.info.driver
        simulated = drive == "simulated"
        return Options(
            seed=self.info.seed + (trial if simulated else 0),
            profile=msgspec.convert(self.info.profile, type=Profile),
            version=version or self.info.version,
            breakage=self.plan.topology.breakage,
            store="redis" if simulated else self.plan.topology.store,
            driver=drive,
            skew=() if version or simulated else self.info.skew,
            bug=(self.info.bug or None) if simulated else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One repetition.

    Attributes:
        causes: keys of the causes that its run showed; see `cause_keys`.
        broken: each of them with each guarantee that it broke.
        outcome: of its run; None when it could not be run, for `failure`.
        folder: of its run.
    """

    causes: frozenset[str]
    broken: frozenset[tuple[str, str]] = frozenset()
    outcome: Outcome | None = None
    folder: Path | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """How often a cause came back, out of the repetitions that could be run; `interval` is of 95 %."""

    cause: str
    count: int
    of: int

    @property
    def interval(self) -> Interval:
        return interval(self.count, self.of)

    def __str__(self) -> str:
        if not self.of:
            return f"{self.cause}: no replay could be run"
        return f"{self.cause}: came back {self.count} of {self.of} ({self.interval}, 95 % interval)"


def cause_keys(verdict: RunVerdict) -> frozenset[str]:
    """What names the causes of a run: mechanisms by their id, what nothing explains by guarantee and class."""
    return frozenset(key_of(cause, traced) for cause in verdict.causes for traced in cause.traced)


def recorded_plan(path: Path, *, cause: str = "") -> RecordedPlan:
    """What a run did. Of a run of several scenarios, the one that shows `cause` by its smallest example.

    HistoryError when it can't be read; UsageError when it has several scenarios and nothing says which is meant.
    """
    folder = RunFolder.open(path)
    info = folder.read_info()
    if info.parts:
        part = _part_of(folder, cause)
        if part not in info.parts:
            raise UsageError(f"{path} is a run of several scenarios: name one of them, such as {path / info.parts[0]}")
        folder = folder.part(part)
        info = folder.read_info()
    return RecordedPlan(folder=folder.path, info=info, plan=folder.read_plan())


def _part_of(folder: RunFolder, cause: str) -> str:
    try:
        said = msgspec.json.decode((folder.path / VERDICTS).read_bytes(), type=_Said)
    except (OSError, msgspec.MsgspecError):
        return ""
    return next((each.example.part for each in said.causes if each.id == cause.partition("/")[0]), "")


class _Example(msgspec.Struct):
    part: str = ""


class _SaidCause(msgspec.Struct):
    id: str
    example: _Example


class _Said(msgspec.Struct):
    causes: tuple[_SaidCause, ...] = ()


def recorded_causes(recorded: RecordedPlan) -> frozenset[str]:
    """The causes that a run showed; HistoryError when its history can't be read."""
    return cause_keys(report(read(recorded.folder)).verdict)


class Replays:
    """The repetitions of one plan: `perform` each, then ask what came back. Their runs stand in `folder`."""

    def __init__(self, recorded: RecordedPlan, *, out: Path, wanted: frozenset[str], progress: Progress) -> None:
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        self.folder = out / f"{stamp}-replay-{recorded.plan.name}-{secrets.token_hex(2)}"
        self.wanted = wanted
        self.trials: list[Trial] = []
        self._recorded = recorded
        self._progress = progress

    def perform(self, options: Options) -> Trial:
        """Perform the plan once more. A run that fails is a trial too; UsageError when nothing could be started."""
        scenario = self._recorded.scenario()
        trial = performed(scenario, options, out=self.folder, progress=self._progress)
        self.trials.append(trial)
        return trial

    @property
    def done(self) -> Sequence[Trial]:
        """The repetitions that could be run."""
        return [trial for trial in self.trials if trial.outcome is not None]

    def came_back(self) -> tuple[CameBack, ...]:
        """How often each cause of the recorded run came back, then what came that it had not."""
        of = len(self.done)
        seen = frozenset(cause for trial in self.done for cause in trial.causes)
        return tuple(
            CameBack(cause=cause, count=sum(cause in trial.causes for trial in self.done), of=of)
            for cause in (*sorted(self.wanted), *sorted(seen - self.wanted))
        )

    @property
    def exit_code(self) -> int:
        """That of the worst repetition; 3 when one could not be run."""
        outcomes = [trial.outcome for trial in self.trials if trial.outcome is not None]
        if len(outcomes) < len(self.trials) or not outcomes:
            return HistoryError.exit_code
        return max(outcomes).exit_code


def performed(scenario: Scenario, options: Options, *, out: Path, progress: Progress) -> Trial:
    """Run a scenario once, and say what it showed. UsageError when the request itself can't be."""
    try:
        analysis = running.run([scenario], options, name=scenario.name, out=out, progress=progress)
    except UsageError:
        raise
    except ActorproofError as error:
        return Trial(causes=frozenset(), failure=str(error))
    verdict = analysis.report.verdict
    broken = frozenset((key_of(cause, traced), traced.guarantee) for cause in verdict.causes for traced in cause.traced)
    return Trial(causes=cause_keys(verdict), broken=broken, outcome=verdict.outcome, folder=analysis.folder)
