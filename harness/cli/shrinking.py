"""The command `shrink`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from actorproof.called import spoken
from actorproof.harness.cli.output import folded
from actorproof.harness.errors import UsageError
from actorproof.harness.progress import Silent
from actorproof.harness.run.replays import recorded_plan
from actorproof.harness.run.shrink.forms.issue_form import told
from actorproof.harness.run.shrink.handing_on import story_of, write
from actorproof.harness.run.shrink.shrink import Shrinking
from actorproof.plural import some
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports.console import ConsoleProgress

RATE = 0.9
LIMIT_S = 900.0
REPLAYS = 10


def shrink(
    run: Annotated[Path, Parameter(help="A run's folder.")],
    /,
    *,
    cause: Annotated[str, Parameter(help="Which of its causes has to come back.")],
    guarantee: Annotated[str, Parameter(help="Which guarantee it has to break; any when left out.")] = "",
    rate: Annotated[float, Parameter(help="How often it has to come back, above 0 and below 1.")] = RATE,
    limit: Annotated[float, Parameter(help="Seconds after which to stop; the same command goes on.")] = LIMIT_S,
    as_: Annotated[
        Literal["go"] | None, Parameter(name="--as", help="A further form: go, a case of Dapr's integration suite.")
    ] = None,
    replays: Annotated[int, Parameter(help="How often to perform the smallest plan at the end.")] = REPLAYS,
) -> int:
    """Leave out of a run's plan whatever its cause does not need, by performing it again and again."""
    if not 0 < rate < 1:
        raise UsageError(f"rate is {rate:g}: choose more than 0 and less than 1")
    if limit <= 0 or replays < 1:
        raise UsageError("limit is more than 0 s, replays is 1 or more")
    recorded = recorded_plan(run, cause=cause)
    progress = ConsoleProgress()
    try:
        progress.phase(f"shrinking {recorded.folder.name} for {cause}")
        named = f"{cause}-{guarantee}" if guarantee else cause
        shrinking = Shrinking(
            recorded,
            cause=cause,
            guarantee=guarantee,
            rate=rate,
            limit_s=limit,
            folder=recorded.folder / f"shrink-{named.replace('/', '-').replace(' ', '-')}",
            progress=Silent(),
            said=progress.say,
        )
        found = shrinking.perform(replays=replays)
    finally:
        progress.close()
    story = story_of(found)
    print(f"what is left, {some(len(found.plan.steps), 'step')}:")
    for number, step in enumerate(found.plan.steps, start=1):
        print(folded(f"{number}. {told(step)}"))
    print(folded(f"{some(found.trials, 'trial')}; {found.came_back}"))
    if not found.finished:
        print(folded("the time was up before everything was tried: the same command goes on"))
    # The forms that can be written are told even where the last one can't be.
    for what, file in write(found, story, ("go",) if as_ == "go" else ()):
        print(f"{spoken(what)}:\n  {file}")
    return 0 if found.finished else Outcome.UNKNOWN.exit_code
