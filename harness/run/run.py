"""Run: scenarios on a driver, each recorded in a folder, then judged together."""

from __future__ import annotations

import os
import platform
import re
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from actorproof import __version__
from actorproof.harness.application.application import Application
from actorproof.harness.drivers.choice import choose
from actorproof.harness.drivers.port import Driver
from actorproof.harness.errors import ActorproofError, UsageError
from actorproof.harness.history.folder import RunFolder, utc_now
from actorproof.harness.history.info import Owner, RunInfo
from actorproof.harness.progress import Progress
from actorproof.harness.run.analysis import Analysis, always, analyze
from actorproof.harness.run.relay import Leg, relay
from actorproof.harness.run.replay import command_line
from actorproof.harness.runtimes import registry
from actorproof.harness.session.fit import lack, owed, planned, topology_of
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.session.session import conduct
from actorproof.harness.workload.step import AnyStep, Plan
from actorproof.reports.report import Report

NO_MACHINES = "is for hosts with a machine each: choose --driver docker for it"


def default_out() -> Path:
    """reports/out in a checkout, actorproof-out elsewhere."""
    return Path("reports/out") if Path("harness/run/run.py").is_file() else Path("actorproof-out")


def run_id(name: str, seed: int) -> str:
    """A new run's name: when, what, seed, and four random digits against two at once."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}-{seed}-{secrets.token_hex(2)}"


def run(
    scenarios: Sequence[Scenario],
    options: Options,
    *,
    name: str,
    out: Path,
    progress: Progress,
    id_: str = "",
    by_hand: AsyncIterator[AnyStep] | None = None,
    selected: bool = False,
    worth: Callable[[Report], bool] = always,
) -> Analysis:
    """Run scenarios in their order, judge them together, and write the reports where that is `worth` it.

    A single scenario gets a folder of its own; several get one each inside a common folder. `id_` names the run where
    its name was told before. With `by_hand`, a single scenario does the steps that come from there. `selected` says
    that nobody asked for each of them: those that the version or the driver can't run are left out, and named.
    Raises UsageError before anything is started; other ActorproofErrors leave the folder marked as failed.
    """
    if selected:
        lacking = {scenario.name: lack(scenario, options) for scenario in scenarios}
        scenarios = _all_but(lacking, scenarios, progress=progress)
    for scenario in scenarios:
        topology_of(scenario, options)
    needed = options if selected else _with_machines(scenarios, options)
    driver = choose(_with_own_subjects(scenarios, needed), progress=progress, application=_application(scenarios))
    if not driver.has_machines:
        lacking = {each.name: f"{each.name} {NO_MACHINES}" for each in scenarios if each.machines}
        scenarios = _all_but(lacking, scenarios, progress=progress)
    # What stands in run.json is what was chosen in the end.
    options = replace(options, driver=driver.name)
    plans = {scenario.name: planned(scenario, options) for scenario in scenarios}
    recording = _Recording(scenarios, options, name=name, run=id_ or run_id(name, options.seed), out=out, driver=driver)
    with recording:
        legs = [
            Leg(name=each.name, conduct=partial(recording.conduct, each, plan=plans[each.name], by_hand=by_hand))
            for each in scenarios
        ]
        for at_once in [legs] if driver.overlaps else [[leg] for leg in legs]:
            driver.run(relay(at_once, progress=progress))
        progress.phase("judging")
        recording.merge()
    analysis = analyze(recording.folder.path, worth=worth)
    _mark_latest(out, recording.run)
    return analysis


class _Recording:
    """The folders of a run's scenarios, each with what is known of it: one folder, or one in it for each of several.

    As a context it says in all of them how the run ended.
    """

    def __init__(
        self, scenarios: Sequence[Scenario], options: Options, *, name: str, run: str, out: Path, driver: Driver
    ) -> None:
        self.run = run
        self.folder = RunFolder.create(out / run)
        self._options = options
        self._driver = driver
        self._whole = describe(scenarios, options, name=name, run=run, driver=driver)
        self.folder.write_info(self._whole)
        self._single = len(scenarios) == 1
        self._parts: dict[str, tuple[RunFolder, RunInfo]] = {}

    async def conduct(
        self,
        scenario: Scenario,
        told: Progress,
        at_rest: Callable[[], None],
        *,
        plan: Plan,
        by_hand: AsyncIterator[AnyStep] | None,
    ) -> None:
        """Conduct a scenario into its folder."""
        part = self.folder if self._single else RunFolder.create(self.folder.path / scenario.name)
        info = describe([scenario], self._options, name=scenario.name, run=self.run, driver=self._driver)
        part.write_info(info)
        self._parts[scenario.name] = part, info
        told.recording(part.path)
        await conduct(
            scenario,
            self._options,
            run=self.run,
            folder=part,
            driver=self._driver,
            progress=told,
            plan=plan,
            by_hand=by_hand,
            at_rest=at_rest,
        )
        self._parts[scenario.name] = part, msgspec.structs.replace(info, state="complete", finished=utc_now())

    def merge(self) -> None:
        """Make a whole history of each part."""
        for name, (part, info) in self._parts.items():
            self._parts[name] = part, msgspec.structs.replace(info, state="running")  # until its history is whole
            part.merge()
            self._parts[name] = part, info
            part.write_info(info)

    def __enter__(self) -> None:
        """Nothing has ended yet."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Write how it ended, and why; a part that was whole before stays so."""
        ended = {"state": "complete" if error is None else "failed", "finished": utc_now()}
        if error is not None:
            ended["failure"] = _reason(error)
            for part, info in self._parts.values():
                part.write_info(info if info.state == "complete" else msgspec.structs.replace(info, **ended))
        if not self._single:
            parts = {} if error is not None else {"parts": tuple(self._parts)}
            self.folder.write_info(msgspec.structs.replace(self._whole, **ended, **parts))


def _all_but(why: Mapping[str, str], scenarios: Sequence[Scenario], *, progress: Progress) -> Sequence[Scenario]:
    """The scenarios without those that can't be run here, each of which is told with its reason."""
    for reason in filter(None, why.values()):
        progress.phase(f"left out: {reason}")
    return [scenario for scenario in scenarios if not why.get(scenario.name)]


def _application(scenarios: Sequence[Scenario]) -> Application | None:
    """The application of a user's own that the hosts run; None when they run ours."""
    return next((each for scenario in scenarios if (each := scenario.topology.application) is not None), None)


def _with_machines(scenarios: Sequence[Scenario], options: Options) -> Options:
    """The options, with docker for `auto` where a scenario needs it. UsageError when another driver was named."""
    needing = next((scenario.name for scenario in scenarios if scenario.machines), None)
    if needing is None or options.driver == "docker":
        return options
    if options.driver != "auto":
        raise UsageError(
            f"scenario {needing} needs hosts with a machine each, which driver {options.driver} has not: choose"
            " --driver docker"
        )
    return replace(options, driver="docker")


def _with_own_subjects(scenarios: Sequence[Scenario], options: Options) -> Options:
    """The options, with process for `auto` where hosts need a file that no image has. UsageError for docker."""
    if not any(topology_of(scenario, options).subject_module for scenario in scenarios):
        return options
    if options.driver == "docker":
        raise UsageError("containers don't have the file of subjects of your own: choose --driver process")
    return replace(options, driver="process") if options.driver == "auto" else options


def describe(scenarios: Sequence[Scenario], options: Options, *, name: str, run: str, driver: Driver) -> RunInfo:
    """What stands in run.json while scenarios run."""
    single = scenarios[0] if len(scenarios) == 1 else None
    asked = tuple(dict.fromkeys(g for s in scenarios for g in s.guarantees))
    promises = registry.runtime(driver.runtime).promises
    return RunInfo(
        run=run,
        scenario=name,
        profile=options.profile,
        seed=options.seed,
        command=options.command
        or command_line(
            (single.source if single else "") or name, options, single=single is not None and name == single.name
        ),
        state="running",
        started=utc_now(),
        actorproof=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        runtime=driver.runtime,
        version=options.version,
        driver=driver.name,
        store="" if driver.name == "simulated" else topology_of(scenarios[0], options).store,
        topology=topology_of(single, options) if single else None,
        duration_s=sum(options.duration_s or s.duration_s[options.profile] for s in scenarios),
        fault_rate=options.fault_rate,
        guarantees=tuple(each for each in asked if promises is None or each in promises),
        promises=None if promises is None else dict(promises),
        owes=owed(single, options) if single else None,
        programs=driver.programs,
        parts=() if single else tuple(scenario.name for scenario in scenarios),
        owner=Owner.this_process(),
        skew=options.skew,
        bug=options.bug or "",
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, ActorproofError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:500]


def _mark_latest(out: Path, id_: str) -> None:
    """Let `latest` name the newest run that was judged; only a convenience, so a failure is no error."""
    link = out / f".latest-{os.getpid()}"
    try:
        link.symlink_to(id_)
        link.replace(out / "latest")
    except OSError:
        print(f"note: {out / 'latest'} can't be set", file=sys.stderr)  # noqa: T201 - nowhere else to say it
