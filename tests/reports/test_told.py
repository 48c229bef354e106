import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from actorproof.properties.causes.cause import Cause, Traced, causes
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.verdict.findings import Findings, Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import decide
from actorproof.reports import junit, markdown, verdicts
from actorproof.reports.console import result_lines
from actorproof.reports.html import page
from actorproof.reports.report import replay
from actorproof.reports.told import counted, headline, told
from tests.properties.terms import CATALOGUE


def test_what_is_open_and_not_explained_comes_first(sample: Any) -> None:
    many = [sample.violation("two live hosts", at_s=at) for at in range(5, 9)]
    alone = sample.violation("cut off", at_s=20)
    report = sample.report([sample.judged(sample.verdict("turns", [*many, alone]))], explained=("two live hosts",))
    assert [(each.id, each.count, each.standing) for each in told(report)] == [
        ("unexplained", 1, "new"),
        ("caller-gives-up", 4, "new"),
    ]
    assert headline(told(report)) == ("5 violations: 4 from 1 cause, 1 that nothing explains, all new")


def test_what_is_listed_and_not_explained_comes_last(sample: Any) -> None:
    listed = sample.violation("same host", at_s=20)
    found = sample.verdict("turns", [sample.violation("two live hosts"), listed])
    judged = sample.judged(found, deviation=sample.deviation("turns", "same host"))
    report = sample.report([judged], explained=("two live hosts",))
    assert [(each.id, each.standing) for each in told(report)] == [
        ("caller-gives-up", "new"),
        ("unexplained", "known"),
    ]


def test_the_example_of_a_cause_is_open_where_any_is(sample: Any) -> None:
    found = sample.verdict("turns", [sample.violation("two live hosts", at_s=5), sample.violation("same host", at_s=9)])
    judged = sample.judged(found, deviation=sample.deviation("turns", "two live hosts"))
    (each,) = told(sample.report([judged], explained=("two live hosts", "same host")))
    assert each.standing == "1 new"
    assert each.example.violation.anomaly == "same host"


def test_the_example_is_of_the_guarantee_that_is_broken_most_often(sample: Any) -> None:
    often = [sample.violation("two live hosts", at_s=at) for at in (5, 6)]
    rare = sample.violation("two instances", at_s=7, events=(), spans=())
    verdicts = [sample.verdict("activation", [rare]), sample.verdict("turns", often)]
    classes = ("two live hosts", "two instances")
    report = sample.report([sample.judged(each) for each in verdicts], explained=("two live hosts",))
    assert told(report)[-1].example.guarantee == "turns"
    assert {name for each in report.verdict.guarantees for name in each.classes} == set(classes)


def test_the_example_and_its_command_are_of_the_scenario_where_the_cause_came_most_often(sample: Any) -> None:
    found = sample.verdict("turns", [sample.violation("two live hosts", at_s=at) for at in range(5, 9)])
    report = sample.report([sample.judged(found)], explained=("two live hosts",))
    (cause,) = report.verdict.causes
    parts = ["churn", "drain", "churn", "drain"]
    # In churn both violations are of one incident, and are smaller.
    incidents = ["a", "b", "a", "c"]
    traced = tuple(
        replace(each, part=part, links=tuple(replace(link, anchor=f"{link.anchor} {incident}") for link in each.links))
        for each, part, incident in zip(cause.traced, parts, incidents, strict=True)
    )
    small = tuple(replace(each, links=each.links[:1] if each.part == "churn" else each.links) for each in traced)
    assert cause.mechanism is not None
    mechanism = replace(cause.mechanism, links=frozenset({traced[0].links[0].kind}))
    again = causes(small, [mechanism])
    runs = tuple(replace(report.parts[0], name=name, info=sample.info(name)) for name in ("churn", "drain"))
    report = replace(report, parts=runs, verdict=replace(report.verdict, causes=again))
    (each,) = told(report)
    assert (each.example.part, each.there) == ("drain", (2, 3))
    assert report.command_of(each.example.violation) == replay(runs[1].info)


def test_a_run_without_violations_says_so(sample: Any) -> None:
    assert headline(told(sample.report(sample.holding("turns")))) == "no violation was found"


def test_programs_get_the_causes_with_their_steps(sample: Any) -> None:
    found = sample.verdict("turns", [sample.violation("two live hosts", at_s=at) for at in (5, 6)])
    document = verdicts.document(sample.report([sample.judged(found)], explained=("two live hosts",)))
    jsonschema.Draft202012Validator(verdicts.schema()).validate(document)
    (cause,) = document["causes"]
    assert cause["id"] == "caller-gives-up"
    assert cause["violations"] == cause["open"] == 2
    assert cause["lost"] == {"turns": 2}
    assert cause["triggers"] == {"pause host/app": 2}
    assert [link["kind"] for link in cause["example"]["links"]] == ["caller gave up", "ran at the same time"]
    assert cause["example"]["command"].startswith("actorproof run churn --seed 7")


@pytest.mark.parametrize(
    ("listed_of", "laid_to"),
    [
        ("dapr-python-sdk 1.19.0", ("sdk", "dapr-python-sdk 1.19.0")),
        ("dapr 1.18.2", ("runtime", "")),
    ],
)
def test_a_cause_without_an_application_in_it_is_laid_to_whom_it_is_listed_of(
    sample: Any, listed_of: str, laid_to: tuple[str, str]
) -> None:
    listed = replace(sample.deviation("turns", "two live hosts"), of=listed_of, mechanism="caller-gives-up")
    found = sample.judged(sample.verdict("turns", [sample.violation("two live hosts")]), deviation=listed)
    (each,) = told(sample.report([found], explained=("two live hosts",)))
    assert (each.whose, each.name) == laid_to


@pytest.mark.parametrize(
    ("rare", "heading"),
    [
        (("durability", "overwritten by a late save"), "wrong state: "),
        (("linearizability", "two instances"), "wrong state: "),
        (("failover", "late"), "silence: "),
        (("reminders", "missed"), "silence: "),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else each.strip(),
)
def test_a_known_cause_that_loses_state_or_silences_actors_is_told_before_more_frequent_ones(
    sample: Any, rare: tuple[str, str], heading: str
) -> None:
    # Two turns at the same time, which come more often, and a reminder that comes early cost no more than the promise.
    frequent = [("turns", "two live hosts")] * 3 + [("reminders", "early")]
    order = _headings(sample, {"frequent": frequent, "rare": [rare]})
    assert order == [f"{heading}rare", "frequent"]


def test_wrong_state_is_told_before_silence_however_little_of_a_cause_it_is(sample: Any) -> None:
    silence, state = ("recovery", "never"), ("durability", "overwritten by a second instance")
    order = _headings(sample, {"silent": [silence] * 3, "mixed": [silence, state]})
    assert order == ["wrong state: mixed", "silence: silent"]


def _headings(sample: Any, found: dict[str, list[tuple[str, str]]]) -> list[str]:
    """The headings of known causes in their order; `found` has the guarantee and class of each one's violations."""
    by: dict[str, list[Violation]] = {}
    causes = []
    for at, (title, of) in enumerate(found.items()):
        mechanism = Mechanism(id=title, title=title, story="", links=frozenset({title}), upstream="none known")
        traced = []
        for number, (guarantee, anomaly) in enumerate(of):
            broken = sample.violation(anomaly, at_s=5 + at * 10 + number)
            by.setdefault(guarantee, []).append(broken)
            traced.append(Traced(guarantee=guarantee, part="churn", violation=broken, links=()))
        causes.append(Cause(mechanism=mechanism, traced=tuple(traced), incidents=1, example=traced[0]))
    verdicts = []
    for guarantee, broken in by.items():
        deviation = sample.deviation(guarantee, "any")
        decided = decide(CATALOGUE.terms(guarantee, "quick"), [Findings(violations=broken)])
        took = (sample.match(deviation, broken),)
        verdicts.append(replace(decided, outcome=Outcome.DEVIATES, deviations=took, open_violations=()))
    report = sample.report(verdicts)
    return [each.heading for each in told(replace(report, verdict=replace(report.verdict, causes=tuple(causes))))]


def test_what_has_a_cause_is_nowhere_called_unexplained(sample: Any, tmp_path: Path) -> None:
    found = sample.judged(sample.verdict("turns", [sample.violation("unexplained")]))
    report = sample.report([found], explained=("unexplained",))
    texts = [*result_lines(report, tmp_path), markdown.render(report), junit.render(report).decode()]
    assert all("unexplained" not in text for text in texts)
    assert "explained by its cause 1x" in " ".join(texts)
    assert 'turns</a> <b>1</b>: <a class="term"' in page.render(report)
    assert "unexplained" not in page.render(report).partition("<script>")[0]


def test_an_example_has_a_class_where_any_has(sample: Any) -> None:
    bare, named = sample.violation("unexplained", at_s=5), sample.violation("two live hosts", at_s=9)
    named = replace(named, events=(*named.events, *named.events))
    classes = ("two live hosts", "unexplained")
    found = sample.judged(sample.verdict("turns", [bare, named]))
    (cause,) = told(sample.report([found], explained=classes))
    assert cause.example.violation.anomaly == "two live hosts"


def test_what_has_no_cause_is_called_unexplained(sample: Any, tmp_path: Path) -> None:
    report = sample.one("unexplained", explained=False)
    assert "unexplained 1x" in " ".join(result_lines(report, tmp_path))


def test_classes_beyond_three_are_counted() -> None:
    assert counted(Counter(a=1, b=2, c=3, d=4)) == "d 4x, c 3x, b 2x, 1 of other classes"
    assert counted(Counter(a=1, b=2)) == "b 2x, a 1x"


def test_console_summary_and_report_tell_the_same_causes_one_by_one(sample: Any, tmp_path: Path) -> None:
    report = sample.one("cut off")
    (cause,) = report.verdict.causes
    assert cause.mechanism is not None
    causes = tuple(
        replace(cause, mechanism=replace(cause.mechanism, id=f"m-{n}", title=f"reason {n}")) for n in range(9)
    )
    report = replace(report, verdict=replace(report.verdict, causes=causes))
    overview = page.render(report).partition('<ol class="overview"')[2].partition("</ol>")[0]
    texts = ["\n".join(result_lines(report, tmp_path)), markdown.render(report), overview]
    named = [re.findall(r"reason \d", text) for text in texts]
    # Of those that are counted together the most frequent is named; here all came once.
    assert named[0] == named[1] == named[2] == [f"reason {n}" for n in range(6)]
    assert all("4 more causes, such as reason 5" in text for text in texts)
