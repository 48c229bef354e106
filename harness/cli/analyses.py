"""Commands that decide again from what was recorded: `analyze`, `report` and `baseline`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.harness.run import foreign
from actorproof.harness.run.telling import write_page

if TYPE_CHECKING:
    from actorproof.harness.run.analysis import Analysis


def analyze(
    folder: Annotated[Path, Parameter(help="A run's folder, or a history of somebody else: a file, or its folder.")],
    /,
    *,
    guarantee: Annotated[tuple[str, ...], Parameter(help="Decide only these, and write nothing.")] = (),
    format_: Annotated[
        str | None,
        Parameter(
            name="--format",
            help="run, for a run's folder, or that of other people's histories: jepsen, edn, json, jsonl, txt, log,"
            " porcupine; found out if left out.",
        ),
    ] = None,
    model: Annotated[
        str | None, Parameter(help="What a history is to fit, such as cas-register, or FILE.py:CLASS.")
    ] = None,
    init: Annotated[str | None, Parameter(help="What it holds before the history begins, such as 0, in EDN.")] = None,
    keyed: Annotated[bool | None, Parameter(help="Its values are [key value]; found out if left out.")] = None,
    first: Annotated[bool, Parameter(help="Stop at its first key that fits no order.", negative=())] = False,
    consistency: Annotated[
        str | None, Parameter(help="What transactions are promised; strict-serializable if left out.")
    ] = None,
    html: Annotated[Path | None, Parameter(help="Draw the history as a page, into this file.")] = None,
    budget: Annotated[float, Parameter(help="Seconds that the search for an order may take.")] = foreign.SEARCH_S,
) -> int:
    """Decide again from a run's folder, and write its reports again; or say whether a history fits a model."""
    if format_ == "run" or (format_ is None and not folder.is_file()):
        others = {"--model": model, "--init": init, "--keyed": keyed, "--html": html, "--consistency": consistency}
        named = [name for name, given in others.items() if given is not None]
        if named or first:
            if format_ is None and not folder.exists():
                raise HistoryError(f"{folder} is not there: name a file with a history")
            asked = (*named, "--first")[0]
            raise UsageError(f"{asked} is for other people's histories: name a file with one")
        # What judges and reports runs takes a second to load.
        from actorproof.harness.run.analysis import analyze as decide_again  # noqa: PLC0415

        return tell(decide_again(folder, guarantees=guarantee))
    if guarantee:
        raise UsageError("--guarantee is for a run's folder: leave it out with a history")
    question = foreign.Question(
        model=model, format=format_, init=init, keyed=keyed, first=first, consistency=consistency, budget_s=budget
    )
    found = foreign.analyze(folder, question)
    if html is not None:
        write_page(found, html, title=f"{folder.name}: {model}")
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    print("\n".join(found.lines))
    return found.exit_code


def report(
    folder: Annotated[Path | None, Parameter(help="A run's folder.")] = None,
    /,
    *,
    claims: Annotated[
        bool, Parameter(negative="", help="Print what became of the statements that users build on, as Markdown.")
    ] = False,
) -> int:
    """Write the reports of a run's folder again, and print where they are; or the claims, with or without a run."""
    if claims:
        print(told_claims(folder), end="")
        return 0
    if folder is None:
        raise UsageError("a run's folder is wanted: `actorproof report FOLDER`, or `actorproof report --claims`")
    from actorproof.harness.run.analysis import analyze as decide_again  # noqa: PLC0415 - as above
    from actorproof.reports.report import HTML  # noqa: PLC0415 - as above

    print(decide_again(folder).folder / HTML)
    return 0


def told_claims(folder: Path | None) -> str:
    """The claims as Markdown, with what the run of a folder showed of them, if one is given."""
    from actorproof.harness.run import shipped  # noqa: PLC0415 - as above
    from actorproof.reports import claims  # noqa: PLC0415 - as above

    if folder is None:
        return claims.render(shipped.claims())
    from actorproof.harness.run.analysis import analyze as decide_again  # noqa: PLC0415 - as above

    return claims.render(decide_again(folder).report.claims)


def baseline(
    folder: Annotated[Path, Parameter(help="A run's folder.")],
    /,
    *folders: Annotated[Path, Parameter(help="Further ones.")],
) -> int:
    """Count the causes of recorded runs: the lines of a baseline, one a scenario."""
    from actorproof.harness.run.many.baselines import lines  # noqa: PLC0415 - as above

    for line in lines((folder, *folders)):
        print(line, flush=True)
    return 0


def tell(analysis: Analysis) -> int:
    """Show what came of a run; the exit code of its verdict."""
    from actorproof.reports.console import show  # noqa: PLC0415 - as above

    show(analysis.report, analysis.folder)
    return analysis.report.verdict.outcome.exit_code
