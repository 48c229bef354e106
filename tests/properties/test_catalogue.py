from __future__ import annotations

import pytest

from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue
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
