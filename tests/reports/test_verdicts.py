import json
from typing import Any

import jsonschema
import pytest

from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports import markdown, verdicts
from actorproof.reports.html import page
from actorproof.reports.report import Part, Report


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(verdicts.schema())


def test_a_report_of_everything_fits_the_schema(full: Report) -> None:
    document = json.loads(verdicts.render(full))
    jsonschema.Draft202012Validator(verdicts.schema()).validate(document)
    assert document["outcome"] == "violated"
    assert document["exit_code"] == 1
    assert document["seed"] == 7
    assert document["versions"]["version"] == "1.18.2"
    assert [g["standing"] for g in document["guarantees"]] == [
        "violated", "holds", "violated", "unknown", "deviates", "error", "holds", "figure",
    ]  # fmt: skip


def test_every_violation_is_there_with_its_part_and_command(full: Report) -> None:
    document = verdicts.document(full)
    turns = document["guarantees"][0]
    assert len(turns["violations"]) == 11
    assert turns["classes"]["two live hosts"] == {"violations": 9, "opportunities": 120}
    assert turns["classes"]["cut off"]["violations"] == 0
    assert turns["excused"] == {"frozen": 4, "orphaned": 0}
    assert [v["deviation"] for v in turns["violations"] if v["class"] == "same host"] == ["turns-same-host"]
    lost = document["guarantees"][2]["violations"][0]
    assert lost["part"] == "everything-at-once"
    assert lost["command"] == "actorproof run everything-at-once --seed 7 --profile quick --dapr 1.18.2"
    assert lost["at_s"] == pytest.approx(11.038)
    assert lost["events"][0] == {
        "process": "host-2/app#1", "seq": 40, "t_ns": lost["events"][0]["t_ns"], "label": "save s-17 starts",
    }  # fmt: skip


def test_a_violation_belongs_to_the_part_it_was_found_in_though_another_ran_at_that_time(sample: Any) -> None:
    """Both parts know the actor: the second one's first seconds are the first one's last."""
    first, second = (
        Part(
            name=name,
            info=sample.info(name),
            timeline=sample.load(start_ns=start_s * 10**9, length_s=30, operations=60),
        )
        for name, start_s in (("partitioned-host", 5000), ("churn", 5010))
    )
    report = sample.report([sample.verdict("turns", [sample.violation("same host")])], parts=(first, second))
    document = verdicts.document(report)
    (cause,), (violation,) = document["causes"], document["guarantees"][0]["violations"]
    for told in (cause["example"], violation):
        assert (told["part"], told["at_s"]) == ("churn", pytest.approx(2.038))
        assert told["command"].startswith("actorproof run churn ")
    assert document["parts"][1]["causes"] == {"unexplained/turns/same host": 1}
    assert "run partitioned-host" not in page.render(report).partition('id="course"')[0]
    assert "(churn at 2.04 s)" in markdown.render(report)


def test_a_command_without_a_seed_gets_it(sample: Any) -> None:
    report = sample.report(
        [sample.judged(sample.verdict("turns"))], run=sample.info("churn", command="actorproof run churn")
    )
    assert verdicts.document(report)["run"]["command"] == "actorproof run churn --seed 7"


def test_a_number_that_is_none_is_null(full: Report) -> None:
    figures = verdicts.document(full)["guarantees"][0]["figures"]
    assert figures[1] == {"name": "margin", "value": None, "unit": "ms"}


@pytest.mark.parametrize("change", [{"format": 1}, {"outcome": "green"}, {"more": 1}, {"exit_code": 64}])
def test_the_schema_refuses_what_is_not_documented(full: Report, change: dict[str, object]) -> None:
    document = verdicts.document(full) | change
    assert list(jsonschema.Draft202012Validator(verdicts.schema()).iter_errors(document))


def test_exit_codes(sample: Any) -> None:
    for verdict, code in ((sample.verdict("turns"), 0), (sample.verdict("turns", short=True), 2)):
        assert verdicts.document(sample.report([sample.judged(verdict)]))["exit_code"] == code
    assert Outcome.HOLDS.word == "holds"
