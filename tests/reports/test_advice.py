"""Advice: the command that shows more of what undecided guarantees lack, alike in every report."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.properties.verdict.findings import STOOD_STILL, Findings, LeftOut
from actorproof.properties.verdict.verdict import Owed, Verdict, decide
from actorproof.properties.views.coverage import Pair
from actorproof.reports import junit, markdown
from actorproof.reports.advice import advice
from actorproof.reports.console import result_lines
from actorproof.reports.html import page
from actorproof.reports.report import Part, Report

NONE = {"contended_turns": 0, "moves": 0, "kills": 0}
ENOUGH = {"contended_turns": 300, "moves": 20, "kills": 3}
BLINKS = Owed(pair=Pair(fault="pause host", under_way="turn open"), have=0)


def found(sample: Any, *counts: dict[str, int], owed: tuple[Owed, ...] = (), missing: tuple[str, ...] = ()) -> Verdict:
    return decide(sample.terms("durability"), [Findings(evidence=each, missing=missing) for each in counts], owed=owed)


def verify(sample: Any, verdict: Verdict, **changes: Any) -> Report:
    """Of two scenarios: `pauses` owes turns that are open when a host is paused."""
    timeline = sample.load(start_ns=0, length_s=17, operations=10)
    owes = {"churn": {}, "pauses": {"pause host": ("turn open",)}}
    parts = tuple(
        Part(name=name, info=sample.info(name, owes=owed, **changes), timeline=timeline) for name, owed in owes.items()
    )
    command = "actorproof verify --seed 7 --profile quick --driver process"
    run = sample.info("verify", command=command, parts=tuple(owes))
    made: Report = sample.report([verdict, sample.judged(sample.verdict("turns"))], run=run, parts=parts)
    return made


@pytest.mark.parametrize(
    ("counts", "how", "ends"),
    [
        (({**ENOUGH, "moves": 3}, {**NONE, "moves": 9}), "run pauses alone for 2 min", " pauses * --duration 120"),
        (({**ENOUGH, "moves": 19}, NONE), "run churn alone for 1 min 20 s", " churn * --duration 80"),
        (({**ENOUGH, "moves": 1}, NONE), "run churn alone for 5 min 20 s", " churn * --duration 320"),
        ((ENOUGH, NONE), "run pauses alone for 1 min 20 s", " pauses * --duration 80"),
        ((NONE, NONE), "run the longer profile standard", " verify --seed 7 --profile standard --driver process"),
    ],
    ids=["the scenario that showed most", "twice as long at least", "not for ever", "the one that owes it", "nobody"],
)
def test_a_command_shows_more_of_what_an_undecided_guarantee_lacks(
    sample: Any, tmp_path: Path, counts: tuple[dict[str, int], ...], how: str, ends: str
) -> None:
    owed = (BLINKS,) if counts == (ENOUGH, NONE) else ()
    report = verify(sample, found(sample, *counts, owed=owed))
    (given,) = advice(report)
    first, _, last = ends.partition("*")
    assert given.sentence == f"to see more of what durability lacks, {how}"
    assert first in given.command
    assert given.command.endswith(last)
    lines = result_lines(report, tmp_path, width=300)
    assert lines[lines.index(f"{given.sentence}:") + 1] == f"  {given.command}"
    assert f"To see more of what durability lacks, {how}: `{given.command}`" in markdown.render(report)
    assert f"; or:\n<ul><li>{how}: " in page.render(report)
    assert f'data-copy="{given.command}"' in page.render(report)
    assert given.command in junit.render(report).decode()


def test_a_scenario_shows_more_on_a_machine_that_does_not_stand_still(sample: Any) -> None:
    stalled = LeftOut(evidence="moves", why=STOOD_STILL, count=9)
    found = [Findings(evidence=ENOUGH | {"moves": 1}), Findings(evidence=NONE, left_out=[stalled])]
    (given,) = advice(verify(sample, decide(sample.terms("durability"), found)))
    assert given.how == "run pauses alone for 2 min"


def test_a_scenario_that_ran_without_faults_is_to_run_with_them(sample: Any) -> None:
    command = "actorproof run churn --seed 7 --profile quick --fault-rate off --driver process"
    report = verify(sample, found(sample, {**ENOUGH, "moves": 3}, NONE), command=command)
    (given,) = advice(report)
    assert given.how == "run churn alone with faults"
    assert "fault-rate" not in given.command


def test_a_duration_that_was_chosen_is_made_longer(sample: Any) -> None:
    command = "actorproof run churn --seed 7 --duration 40 --driver process"
    verdict = found(sample, NONE)
    alone = replace(verify(sample, verdict, command=command), run=sample.info("churn", command=command))
    (given,) = advice(replace(alone, parts=alone.parts[:1]))
    assert given.how == "run it for 1 min 20 s"
    assert given.command.endswith(" run churn --seed 7 --driver process --duration 80")


@pytest.mark.parametrize(("command", "given"), [("pytest tests/test_mine.py", 0), ("actorproof test app.toml", 1)])
def test_only_commands_that_take_a_duration_are_given_one(sample: Any, command: str, given: int) -> None:
    report = verify(sample, found(sample, {**ENOUGH, "moves": 3}, NONE), command=command)
    report = replace(report, run=msgspec.structs.replace(report.run, command=command, profile="soak"))
    assert [" --duration " in each.command for each in advice(report)] == [True] * given


def test_nothing_is_advised_where_more_evidence_would_not_help(sample: Any) -> None:
    assert advice(verify(sample, found(sample, ENOUGH, ENOUGH))) == ()
    assert advice(verify(sample, found(sample, NONE, NONE, missing=("the time for the search was up",)))) == ()
