import re
from typing import Any

from actorproof.reports import markdown
from actorproof.reports.markdown import escaped
from actorproof.reports.report import Report
from actorproof.reports.words import sentence


def test_the_verdict_stands_in_the_first_line(full: Report) -> None:
    first = markdown.render(full).splitlines()[0]
    assert first == f"**✗ {escaped(sentence(full), limit=2000)}**"


def test_causes_stand_before_guarantees(full: Report) -> None:
    text = markdown.render(full)
    assert "14 violations: 10 from 1 cause, 4 that nothing explains" in text
    assert text.index("| 4 | nothing explains these |") < text.index("| 10 | a caller gives up while its turn runs |")
    assert text.index("a caller gives up") < text.index("One turn at a time (turns)")
    assert "turns 9, drain 1" in text


def test_every_guarantee_that_does_not_hold_has_its_row(full: Report) -> None:
    text = markdown.render(full)
    assert (
        "| One turn at a time (turns) | ✗ violated | 11 (1 known) | two live hosts 9x, frozen, saved late 1x |" in text
    )
    assert "| Moves let calls finish (drain) | ≈ known violations | 1 (1 known) |  |" in text
    assert "| Reminders fire (reminders) | ? undecided | 0 | stop of everything: 0 ticks due; moves: 11 seen" in text
    assert "One instance at a time (activation), executions (executions)" not in text.splitlines()[0]


def test_the_first_cause_has_its_example_and_the_command(full: Report) -> None:
    text = markdown.render(full)
    assert text.count("See the cause again, there where it came most often: ") == 1
    assert "--seed 7 --profile quick --dapr 1.18.2`" in text


def test_what_is_missing_and_listed_is_named(full: Report) -> None:
    text = markdown.render(full)
    assert "not seen in this run" in text
    assert "9 violations of 9 incidents, at most 3 of 3 accepted" in text
    assert "a canary was not seen: durability" in text
    assert "event 17 is missing" in text
    assert "seed 7" in text


def test_a_green_run_is_short(sample: Any) -> None:
    text = markdown.render(sample.report(sample.holding("turns")))
    assert text.startswith("**✓ Holds: turns on Dapr 1.18.2.**\n\nNo violation was found.\n")
    assert text.count("\n") < 20


def test_tables_survive_nasty_names(sample: Any) -> None:
    found = sample.verdict("turns", [sample.violation("same host", actor=sample.nasty, summary=sample.nasty)])
    run = sample.info("churn", scenario=sample.nasty, platform=sample.nasty)
    text = markdown.render(sample.report([sample.judged(found)], run=run))
    assert "\x00" not in text
    outside = re.sub(r"(`+).+?\1(?!`)", "", text)
    assert not re.search(r"(?<!\\)<script", outside)
    for row in (line for line in text.splitlines() if line.startswith("| ")):
        assert len(re.findall(r"(?<!\\)\|", row)) in {3, 5, 7}
