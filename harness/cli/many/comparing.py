"""The commands `compare` and `history`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.choices import Out
from actorproof.harness.cli.output import table
from actorproof.harness.errors import UsageError
from actorproof.harness.run import shipped
from actorproof.harness.run.many.judged import JudgedRun, judged_runs
from actorproof.harness.toml_place import nearest
from actorproof.properties.verdict.comparison import GATES, Gate
from actorproof.properties.verdict.comparison import compare as compared
from actorproof.reports.comparison import Compared, Side, summary, text
from actorproof.reports.html.comparing import comparison_page
from actorproof.reports.report import SUMMARY
from actorproof.reports.write import write_whole

PAGE = "compare.html"
MOST_CAUSES = 3


def compare(
    a: Annotated[Path, Parameter(help="A run's folder, or a folder with several: what was before.")],
    b: Annotated[Path, Parameter(help="A run's folder, or a folder with several: what is now.")],
    /,
    *,
    fail_on: Annotated[
        str, Parameter(help="What makes the exit code 1: new-cause, rate, or both with a comma between.")
    ] = ",".join(GATES),
    out: Out = None,
) -> int:
    """Compare runs with earlier ones: what is new, what is gone, what breaks more often or less, and how fast it is.

    Exit codes: 0 the same or better, 1 what `--fail-on` names has come, 2 too little evidence to tell, 3 error.
    """
    gates = _gates(fail_on)
    first, second = judged_runs(a), judged_runs(b)
    made = Compared(
        a=_side("A", a, first),
        b=_side("B", b, second),
        comparison=compared(
            [sample for run in first for sample in run.samples], [sample for run in second for sample in run.samples]
        ),
        gates=gates,
        titles={each.id: each.title for each in shipped.mechanisms()},
    )
    print(text(made))
    if out is not None:
        write_whole({PAGE: comparison_page(made).encode(), SUMMARY: summary(made).encode()}, out)
        print(out / PAGE)
    return made.exit_code


def _gates(said: str) -> frozenset[Gate]:
    found: set[Gate] = set()
    for word in said.split(","):
        gate = next((each for each in GATES if each == word.strip()), None)
        if gate is None:
            raise UsageError(f"--fail-on {word.strip()} is unknown{nearest(word.strip(), GATES)}")
        found.add(gate)
    return frozenset(found)


def _side(name: str, path: Path, runs: Sequence[JudgedRun]) -> Side:
    return Side(
        name=name,
        path=str(path),
        runs=len(runs),
        releases=tuple(sorted({run.release for run in runs})),
        drivers=tuple(sorted({f"{run.driver}, {run.store}" if run.store else run.driver for run in runs})),
    )


def history(
    folder: Annotated[Path, Parameter(help="A folder with run folders.")],
    /,
    *,
    cause: Annotated[str, Parameter(help="Show how often this cause broke something, and nothing of others.")] = "",
) -> int:
    """Show the runs of a folder, the oldest first: what each came to, and how often which cause broke something."""
    runs = judged_runs(folder)
    if cause and cause not in (known := {name for run in runs for name in run.causes}):
        raise UsageError(f"no run of {folder} shows {cause}{nearest(cause, sorted(known)) if known else ''}")
    print(table(("started", "scenario", "seed", "release", "outcome", "causes"), [_row(run, cause) for run in runs]))
    print()
    for line in _trend(runs, cause):
        print(line)
    return 0


def _row(run: JudgedRun, cause: str) -> tuple[str, ...]:
    shown = {cause: run.causes.get(cause, 0)} if cause else run.causes
    causes = [f"{name} {count:,}x" for name, count in list(shown.items())[:MOST_CAUSES]]
    if (more := len(shown) - MOST_CAUSES) > 0:
        causes.append(f"{more} more")
    return (run.started, run.scenario, str(run.seed), run.release, run.outcome, ", ".join(causes))


def _trend(runs: Sequence[JudgedRun], cause: str) -> list[str]:
    """Each cause over the runs: in how many, and violations of one after the other."""
    names = [cause] if cause else sorted({name for run in runs for name in run.causes})
    return [
        f"{name}: in {sum(name in run.causes for run in runs)} of {len(runs)} runs"
        f" ({' '.join(str(run.causes.get(name, 0)) for run in runs)})"
        for name in names
    ]
