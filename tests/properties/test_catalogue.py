from __future__ import annotations

import pytest

from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue, deviation
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


DEVIATIONS = """
version = "1.18.2"
[[deviation]]
name = "n"
guarantee = "turns"
class = "cut off"
trigger = "any"
max_rate = 0.5
evidence = "e"
upstream = "none known"
"""


def test_deviations() -> None:
    (found,) = deviation.parse(DEVIATIONS)
    assert (found.version, found.anomaly, found.max_rate) == ("1.18.2", "cut off", 0.5)
    assert deviation.parse('version = "1"') == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_rate = 0.5", "max_rate = 0"),
        ("max_rate = 0.5", "max_rate = 1.5"),
        ("max_rate = 0.5", "max_rate = true"),
        ('trigger = "any"', ""),
        ('trigger = "any"', 'trigger = ""'),
        ('trigger = "any"', 'trigger = "any"\nmore = 1'),
        ('version = "1.18.2"', ""),
        ('version = "1.18.2"', 'version = "1.18.2"\nmore = 1'),
        ("[[deviation]]", "[deviation]"),
        ("[[deviation]]", "[[deviation"),
        (DEVIATIONS, DEVIATIONS + DEVIATIONS[DEVIATIONS.index("[[") :]),
    ],
)
def test_wrong_deviations(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="deviations"):
        deviation.parse(DEVIATIONS.replace(old, new))
