"""The command `campaign`."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.choices import Out
from actorproof.harness.cli.output import table
from actorproof.harness.errors import UsageError
from actorproof.harness.fanout.port import Fanout
from actorproof.harness.fanout.processes import Processes
from actorproof.harness.fanout.ray import Ray
from actorproof.harness.run import run as running
from actorproof.harness.run.campaign.campaign import COLUMNS, Campaign
from actorproof.harness.run.campaign.matrix import read
from actorproof.plural import some
from actorproof.reports.console import ConsoleProgress

MOST_ROWS = 40


def campaign(
    matrix: Annotated[Path, Parameter(help="A TOML file: scenarios, versions, seeds, stores, drivers, ...")],
    /,
    *,
    at_once: Annotated[int | None, Parameter(help="Processes at once; 1 where clusters are real.")] = None,
    on: Annotated[str, Parameter(help="ray, or ray://HOST: a Ray cluster does the runs.")] = "",
    cpus: Annotated[float, Parameter(help="Processors that a run takes on a Ray cluster.")] = 1.0,
    runs: Annotated[str, Parameter(help="Where run folders go, as fsspec names it: s3://bucket/runs, ...")] = "",
    out: Out = None,
) -> int:
    """Run every combination of a matrix, each once; the same command goes on with a campaign that was interrupted.

    Exit codes: those of the worst run, 3 where one could not be run.
    """
    if at_once is not None and at_once < 1:
        raise UsageError(f"at-once is {at_once}: choose 1 or more")
    if cpus <= 0:
        raise UsageError(f"cpus is {cpus:g}: choose more than 0")
    planned = read(matrix)
    made = Campaign(planned, folder=out or running.default_out() / f"campaign-{matrix.stem}", runs=runs)
    simulated = set(planned.drivers) == {"simulated"}
    with ExitStack() as stack:
        progress = ConsoleProgress()
        stack.callback(progress.close)
        fanout: Fanout
        if on:
            fanout = ray = Ray(on, cpus=cpus)
            stack.callback(ray.close)
        else:
            at_once = at_once or ((os.cpu_count() or 1) if simulated else 1)
            fanout = Processes(at_once)
        for each in made.run(fanout):
            if each.exit_code or len(made.cells) <= MOST_ROWS:
                what = each.failure or ", ".join(sorted(each.causes)) or "no cause"
                progress.say(f"{len(made.judged)} of {len(made.cells)}: {each.key}: {each.outcome}, {what}")
        if fanout.again:
            progress.say(f"{some(fanout.again, 'run')} lost with their workers, and done again")
    if len(made.cells) <= MOST_ROWS:
        print(table(COLUMNS, made.rows()))
    else:
        print(table(("cells", "verdicts", "causes"), made.groups()))
    print(f"{len(made.judged):,} of {len(made.cells):,} cells judged; each by itself: {made.write()}")
    return made.exit_code
