"""Commands that run scenarios: `verify` and `run`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.analyses import tell
from actorproof.harness.cli.choices import (
    DaprIfAny,
    DaprPath,
    Driver,
    Hosts,
    Image,
    Live,
    Out,
    ProfileChoice,
    Runtime,
    Seed,
    Skew,
    Store,
    SubjectKind,
    SubjectModule,
    chosen_of,
    seed_or_any,
)
from actorproof.harness.cli.watching import LiveProgress
from actorproof.harness.run import run as running
from actorproof.harness.runtimes import registry
from actorproof.harness.runtimes.registry import DEFAULT
from actorproof.harness.session.scenario import FaultRate, Options, Scenario
from actorproof.reports.console import ConsoleProgress, is_live
from actorproof.scenarios.registry import selection, wanted


def verify(
    *,
    profile: ProfileChoice = "quick",
    seed: Seed = None,
    dapr: DaprIfAny = None,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    subject: SubjectKind = None,
    store: Store | None = None,
    runtime: Runtime = DEFAULT,
    driver: Driver = "auto",
    image: Image = (),
    live: Live = False,
    out: Out = None,
) -> int:
    """Run the profile's selection of scenarios and judge them together."""
    version, kept = chosen_of(runtime, dapr=dapr, store=store, skew=skew, dapr_path=dapr_path)
    options = Options(
        seed=seed_or_any(seed),
        profile=profile,
        runtime=runtime,
        version=version,
        subject=subject,
        store=kept,
        driver=driver,
        images=image,
        skew=skew,
        dapr_path=dapr_path,
    )
    chosen = selection(profile, runtime=options.runtime)
    return conduct(chosen, options, name="verify", out=out, live=live, selected=True)


def run_(
    name: Annotated[str, Parameter(help="A scenario's name, a TOML file, or a Python file or module with a SCENARIO.")],
    /,
    *,
    hosts: Hosts = None,
    placements: Annotated[int | None, Parameter(help="Replicas of placement, 1 or 3.")] = None,
    schedulers: Annotated[int | None, Parameter(help="Replicas of the scheduler, 1 or 3.")] = None,
    reminder_partitions: Annotated[
        int | None, Parameter(help="Keys of the store that reminders are spread over (before Dapr 1.15).")
    ] = None,
    duration: Annotated[float | None, Parameter(help="Seconds of load and faults.")] = None,
    seed: Seed = None,
    fault_rate: Annotated[FaultRate, Parameter(help="How close faults follow each other.")] = "medium",
    actors: Annotated[int | None, Parameter(help="How many actors to fill the cluster with (capacity).")] = None,
    profile: ProfileChoice = "quick",
    dapr: DaprIfAny = None,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    subject: SubjectKind = None,
    subject_module: SubjectModule = "",
    clients: Annotated[int | None, Parameter(help="Concurrent callers.")] = None,
    break_: Annotated[str | None, Parameter(name="--break", help="Promise that the hosts break on purpose.")] = None,
    bug: Annotated[str | None, Parameter(help="Bug to plant in the simulated runtime; see mutation.")] = None,
    store: Store | None = None,
    runtime: Runtime = DEFAULT,
    driver: Driver = "auto",
    image: Image = (),
    live: Live = False,
    out: Out = None,
) -> int:
    """Run one scenario, judge it, and write its report."""
    chosen = wanted(name)
    if runtime == DEFAULT:
        dapr, store = dapr or chosen.topology.version, store or chosen.topology.store
    version, kept = chosen_of(runtime, dapr=dapr, store=store, skew=skew, dapr_path=dapr_path)
    options = Options(
        seed=seed_or_any(seed),
        profile=profile,
        hosts=hosts,
        placements=placements,
        schedulers=schedulers,
        reminder_partitions=reminder_partitions,
        duration_s=duration,
        fault_rate=fault_rate,
        runtime=runtime,
        version=version,
        subject=subject,
        subject_module=subject_module,
        clients=clients,
        actors=actors,
        breakage=break_,
        store=kept,
        driver=driver,
        images=image,
        skew=skew,
        dapr_path=dapr_path,
        bug=bug,
    )
    return conduct([chosen], options, name=chosen.name, out=out, live=live)


def conduct(
    chosen: Sequence[Scenario], options: Options, *, name: str, out: Path | None, live: bool, selected: bool = False
) -> int:
    """Run scenarios, judge them together, tell the outcome; returns the exit code."""
    progress = LiveProgress() if live and is_live(sys.stdout) else ConsoleProgress()
    of = f"{registry.title(options.runtime)} {options.version}"
    progress.phase(f"{name}: seed {options.seed}, profile {options.profile}, {of}")
    try:
        analysis = running.run(
            chosen, options, name=name, out=out or running.default_out(), progress=progress, selected=selected
        )
    finally:
        progress.close()
    return tell(analysis)
