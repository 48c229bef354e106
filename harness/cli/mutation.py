"""The command `mutation`."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.output import table
from actorproof.harness.errors import UsageError
from actorproof.harness.mutation.campaign import COLUMNS, Campaign
from actorproof.harness.runtimes.simulated.planting import bugs, named


def mutation(
    *,
    bug: Annotated[tuple[str, ...], Parameter(help="Plant only these; all when left out.")] = (),
    seeds: Annotated[int, Parameter(help="Seeds to try on a runtime without bugs.")] = 1000,
    replays: Annotated[int, Parameter(help="Of these, how many to run once more, byte for byte.")] = 100,
    examples: Annotated[int, Parameter(help="Plans to try for each bug.")] = 200,
    workers: Annotated[int | None, Parameter(help="Processes at once; one for each processor when left out.")] = None,
) -> int:
    """Plant every bug in the simulated runtime, see who finds it, and see that nothing is found without a bug."""
    for name in bug:
        named(name)
    if not 0 <= replays <= seeds:
        raise UsageError(f"replays is {replays}: choose at most as many as seeds, {seeds}")
    if min(examples, workers or 1) < 1:
        raise UsageError("examples and workers: choose 1 or more")
    campaign = Campaign(bugs=bug or tuple(bugs()), seeds=seeds, replays=replays, examples=examples)
    for line in campaign.run(workers=workers or os.cpu_count() or 1):
        print(line, flush=True)
    print(table(COLUMNS, campaign.rows()))
    for line in campaign.summary():
        print(line)
    return campaign.exit_code
