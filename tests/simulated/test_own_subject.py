"""A scenario file with actors of its own: they run, their types stand in the history, and they are judged by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.subjects.own import load
from actorproof.properties.verdict.outcome import Outcome
from actorproof.scenarios.registry import wanted
from tests.cli.conftest import Actorproof, actorproof  # noqa: F401 - a fixture

from .support import history_of, judged

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "own_subject.py")
BROKEN = """
from dataclasses import replace
from actorproof.harness.subjects.actors.subject import Subject, method
from {module} import SCENARIO as HONEST, Order as Honest

class Order(Subject):
    {model}
    place = Honest.place
    cancel = Honest.cancel

    @method("reads", function="read")
    async def status(self, turn, args):
        return {answer}

SCENARIO = replace(HONEST, subjects=(Order,))
"""


def changed(tmp_path: Path, name: str, *, model: str, answer: str = "await Honest.status(self, turn, args)") -> str:
    load(EXAMPLE)
    file = tmp_path / f"{name}.py"
    file.write_text(BROKEN.format(module="own_subject", model=model, answer=answer))
    return str(file)


def test_they_are_judged_by_what_they_declare(tmp_path: Path) -> None:
    found = wanted(EXAMPLE)
    events = history_of(found, tmp_path / "run", seed=3)
    (run,) = [event for event in events if isinstance(event, ev.RunStarted)]
    declared = run.type_of("Order/b0")
    assert declared is not None
    assert declared.model == "register"
    assert {turn.name for turn in events if isinstance(turn, ev.TurnStarted) and turn.actor.startswith("Order/")} == {
        "place", "cancel", "status",
    }  # fmt: skip
    verdict = judged(found, events)
    assert [v.summary for g in verdict.guarantees for v in g.violations] == []
    (decided,) = [each for each in verdict.guarantees if each.guarantee == "linearizability"]
    assert not [told for told in decided.missing if "Order" in told]
    judged_actors = next(figure.value for figure in decided.figures if figure.name == "actors judged")
    assert judged_actors >= 4 + 1, "orders and the counters of the load"


def test_a_wrong_answer_of_theirs_is_found(tmp_path: Path) -> None:
    found = wanted(changed(tmp_path, "own_wrong", model='MODEL = "register"', answer='"coffee"'))
    verdict = judged(found, history_of(found, tmp_path / "run", seed=3))
    violations = [v for each in verdict.guarantees for v in each.violations]
    assert {(v.anomaly, v.actor.partition("/")[0]) for v in violations} == {("unexplained", "Order")}


@pytest.mark.parametrize(
    ("name", "model", "why"),
    [
        ("own_none", "", "its type declares no model"),
        ("own_unknown", 'MODEL = "order book"', "its model order book is none of accounts, "),
        ("own_unread", 'MODEL = "set"', "what it saves can't be read as a state of model set"),
    ],
)
def test_without_a_model_that_is_known_they_are_told_as_not_judged(
    tmp_path: Path, name: str, model: str, why: str
) -> None:
    found = wanted(changed(tmp_path, name, model=model, answer='"coffee"'))
    verdict = judged(found, history_of(found, tmp_path / "run", seed=3))
    (decided,) = [each for each in verdict.guarantees if each.guarantee == "linearizability"]
    assert decided.outcome is Outcome.UNKNOWN
    assert not decided.violations
    assert any(told.startswith(f"Order actors were not judged: {why}") for told in decided.missing)


def test_a_file_runs_by_its_path_and_the_replay_names_it(actorproof: Actorproof, tmp_path: Path) -> None:  # noqa: F811
    said = actorproof("run", EXAMPLE, "--driver", "simulated", "--seed", 3, "--duration", 4, "--out", tmp_path / "out")
    assert said.code in {Outcome.HOLDS, 0, 2}, said
    (info,) = (tmp_path / "out").glob("*-orders-3-*/run.json")
    run = json.loads(info.read_text())
    assert run["scenario"] == "orders"
    assert run["command"].startswith(f"actorproof run {EXAMPLE} ")
    assert run["topology"]["subject_module"] == f"{EXAMPLE}:Order"
