"""The command `replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.choices import Out
from actorproof.harness.cli.output import folded
from actorproof.harness.errors import UsageError
from actorproof.harness.run import run as running
from actorproof.harness.run.replays import Replays, Trial, recorded_causes, recorded_plan
from actorproof.reports.console import ConsoleProgress

MOST_TIMES = 1000


def replay(
    run: Annotated[Path, Parameter(help="A run's folder.")],
    /,
    *,
    times: Annotated[int, Parameter(help="How often to perform its plan.")] = 1,
    cause: Annotated[str, Parameter(help="Say of this cause only how often it came back.")] = "",
    dapr: Annotated[str | None, Parameter(help="Another version of Dapr.")] = None,
    driver: Annotated[str | None, Parameter(help="Another driver.")] = None,
    out: Out = None,
) -> int:
    """Perform a run's plan again, and say of each cause how often it came back."""
    if not 1 <= times <= MOST_TIMES:
        raise UsageError(f"times is {times}: choose 1 to {MOST_TIMES}")
    recorded = recorded_plan(run, cause=cause)
    wanted = recorded_causes(recorded)
    if cause and cause not in wanted:
        has = ", ".join(sorted(wanted)) or "none at all"
        raise UsageError(f"run {recorded.folder} shows no cause {cause}: it has {has}")
    progress = ConsoleProgress()
    try:
        replays = Replays(
            recorded,
            out=out or running.default_out(),
            wanted=frozenset({cause}) if cause else wanted,
            progress=progress,
        )
        for number in range(times):
            trial = replays.perform(recorded.options(version=dapr, driver=driver, trial=number))
            progress.say(f"replay {number + 1} of {times}: {_told(trial)}")
    finally:
        progress.close()
    for each in replays.came_back():
        if not cause or each.cause == cause:
            print(folded(f"{each}{'' if each.cause in wanted else ', and was not in the recorded run'}"))
    if not wanted:
        print("the recorded run showed no cause")
    print(f"the replays' own runs, each with its report, are below\n  {replays.folder}")
    return replays.exit_code


def _told(trial: Trial) -> str:
    return f"it could not be run: {trial.failure}" if trial.failure else ", ".join(sorted(trial.causes)) or "no cause"
