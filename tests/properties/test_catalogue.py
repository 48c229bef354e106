from __future__ import annotations

import pytest

from actorproof.harness.runtimes.registry import names, runtime
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue
from actorproof.properties.verdict.catalogue import Restated
from actorproof.properties.verdict.findings import Terms
from tests.properties.terms import CATALOGUE

TURNS = """
[turns]
title = "t"
promise = "p"
source = "s"
classes = ["a"]
clauses = []
[turns.limits]
wake_s = 1
[turns.evidence.quick]
moves = 1
[turns.evidence.standard]
moves = 2
[turns.evidence.soak]
moves = 3
"""


def test_terms_by_profile() -> None:
    found = catalogue.parse(TURNS)
    assert found.ids == ("turns",)
    assert found.terms("turns", "standard") == Terms(
        guarantee="turns",
        title="t",
        promise="p",
        source="s",
        thresholds={"moves": 2},
        limits={"wake_s": 1.0},
        classes=("a",),
        clauses=(),
    )


def test_every_guarantee_has_its_table_and_every_table_its_guarantee() -> None:
    assert set(guarantees()) == set(CATALOGUE.ids)


@pytest.mark.parametrize("wrong", [("nonsense", "quick"), ("turns", "nonsense")])
def test_unknown_names(wrong: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="nonsense is not known: choose one of"):
        CATALOGUE.terms(*wrong)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("[turns]", "[turns", "catalogue: "),
        ('title = "t"', "", "turns.title"),
        ('promise = "p"', 'promise = " "', "turns.promise"),
        ('classes = ["a"]', 'classes = ["a", "a"]', "turns.classes"),
        ('classes = ["a"]', 'classes = "a"', "turns.classes"),
        ("clauses = []", "", "turns.clauses"),
        ("clauses = []", "clauses = []\nfurther = 1", "unknown key further"),
        ("clauses = []", 'clauses = []\ndamage = "death"', "turns.damage: 'death' is not known"),
        ("clauses = []", 'clauses = []\ndamage = { state = ["b"] }', "turns.damage.state: 'b' is no class of it"),
        (
            "clauses = []",
            'clauses = []\ndamage = { state = ["a"], silence = ["a"] }',
            "turns.damage.silence: 'a' is there",
        ),
        ("wake_s = 1", "wake_s = true", "turns.limits.wake_s"),
        ("wake_s = 1", "wake_s = -1", "turns.limits.wake_s"),
        ("wake_s = 1", "wake_s = nan", "turns.limits.wake_s"),
        ("moves = 2", "moves = 0", "turns.evidence.standard.moves"),
        ("moves = 2", "moves = 2.0", "turns.evidence.standard.moves"),
        ("moves = 2", "kills = 2", "the same names"),
        ("evidence.soak", "evidence.long", "unknown profile long"),
        ("[turns.evidence.soak]\nmoves = 3", "", "profile soak is missing"),
        ("moves =", "# moves =", "can't hold without a threshold"),
        (TURNS, "", "names no guarantee"),
        (TURNS, "turns = 1", "a table is wanted"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, where: str) -> None:
    with pytest.raises(ValueError, match=where):
        catalogue.parse(TURNS.replace(old, new))


def test_a_promise_in_a_runtimes_own_words_takes_the_place_of_the_catalogues_and_asks_for_its_own_evidence() -> None:
    said = catalogue.parse(TURNS).restated({"turns": Restated(promise="q", source="r", thresholds={"moves": 7})})
    for profile in catalogue.PROFILES:
        terms = said.terms("turns", profile)
        assert (terms.promise, terms.source, terms.thresholds, terms.title) == ("q", "r", {"moves": 7}, "t")


def test_a_promise_in_other_words_can_not_ask_for_evidence_that_nobody_counts() -> None:
    with pytest.raises(ValueError, match="turns: kills is no evidence of it"):
        catalogue.parse(TURNS).restated({"turns": Restated(promise="q", source="r", thresholds={"kills": 1})})


@pytest.mark.parametrize("name", [name for name in names() if runtime(name).promises is not None])
def test_what_a_runtime_promises_is_a_guarantee_with_evidence_that_is_counted(name: str) -> None:
    promises = runtime(name).promises or {}
    found = CATALOGUE.restated(
        {each: Restated(promise=p.sentence, source=p.source, thresholds=p.evidence) for each, p in promises.items()}
    )
    assert set(promises) <= set(found.ids)
    assert all(found.terms(each, "quick").thresholds for each in promises)
