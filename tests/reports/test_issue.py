"""The text for a runtime's maintainers: whole where they can mend the cause, and none where they can not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actorproof.reports.html import page
from actorproof.reports.html.issue import issue
from actorproof.reports.logs import LogLine
from actorproof.reports.report import Report
from actorproof.reports.told import told


def text(report: Report) -> str:
    (each,) = told(report)
    return issue(report, each)


def test_it_has_the_promise_the_steps_with_what_was_logged_between_them_and_the_command(sample: Any) -> None:
    report = sample.one("two live hosts")
    steps = report.verdict.causes[0].example.links
    line = LogLine(unit="host-2/sidecar", t_ns=steps[0].at_ns + 7_000_000, level="error", text="drain gave up")
    said = text(replace(report, excerpts={"caller-gives-up": (line,)}))
    expected = [
        *(
            "# A caller gives up while its turn runs",
            "Dapr 1.18.2",
            "daprd 1.18.2",
            "Driver process: 2 hosts",
            "## Expected",
        ),
        f"> {report.verdict.guarantees[0].terms.promise}",
        *("1 incident with 1 violation: turns 1", "the scenario churn"),
        *(f"+0.000 s  {steps[0].said}", "+0.007 s  host-2/sidecar error: drain gave up", steps[1].said),
        *("actorproof run churn --seed 7", "1 of 1 incident came in this scenario"),
    ]
    places = [said.find(each) for each in expected]
    assert -1 not in places
    assert places == sorted(places)


def test_what_nothing_explains_and_what_is_the_applications_own_have_none(sample: Any) -> None:
    assert not text(sample.one("two live hosts", explained=False))
    report = sample.one("two live hosts")
    (cause,) = report.verdict.causes
    own = replace(cause, mechanism=replace(cause.mechanism, links=frozenset({"application: answered early"})))
    assert not text(replace(report, verdict=replace(report.verdict, causes=(own,))))


def test_the_page_has_it_below_the_example_and_names_the_public_issue_if_there_is_one(sample: Any) -> None:
    report = sample.one("two live hosts")
    (cause,) = report.verdict.causes
    for upstream, called in (
        ("none known", "<summary>Text for an issue</summary>"),
        ("https://github.com/dapr/dapr/issues/9514", "or for a comment on dapr/dapr#9514</summary>"),
    ):
        one = replace(cause, mechanism=replace(cause.mechanism, upstream=upstream))
        html = page.render(replace(report, verdict=replace(report.verdict, causes=(one,))))
        assert called in html
        assert "## How to see it again" in html
    assert "It may be the same as https://github.com/dapr/dapr/issues/9514" in html
