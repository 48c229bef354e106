from __future__ import annotations

from dataclasses import replace

import pytest

from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.verdict.verdict import (
    Doubt,
    Evidence,
    Figure,
    Outcome,
    Verdict,
    Violation,
    decide,
    evidence_of,
    join,
)
from tests.properties.terms import free

TERMS = replace(
    free("turns"), thresholds={"moves": 2, "kills": 1}, classes=("same host", "abandoned"), clauses=("frozen",)
)


def violation(at_ns: int, anomaly: str = "same host") -> Violation:
    return Violation(anomaly=anomaly, actor="A/1", summary="s", events=(), at_ns=at_ns)


def test_everything_is_kept_and_violations_are_put_in_order() -> None:
    figures = (Figure(name="f", value=1.0, unit="s"),)
    evidence = (Evidence(name="moves", have=1, need=2),)
    doubts = (Doubt(anomaly="abandoned", what="odd", count=2),)
    found = [violation(7), violation(5, "abandoned"), violation(6)]
    made = decide(
        TERMS,
        violations=iter(found),
        evidence=iter(evidence),
        opportunities={"same host": 9},
        excused={"frozen": 3},
        figures=iter(figures),
        doubts=iter(doubts),
        missing=iter(["why"]),
    )
    assert made == Verdict(
        guarantee="turns",
        outcome=Outcome.VIOLATED,
        violations=(found[1], found[2], found[0]),
        opportunities={"same host": 9},
        excused={"frozen": 3},
        evidence=evidence,
        figures=figures,
        doubts=doubts,
        missing=("why", "moves: 1 seen, 2 needed"),
    )
    assert made.classes == {"same host": 2, "abandoned": 1}
    assert str(doubts[0]) == "2 odd (if so: abandoned)"


def test_anything_missing_or_doubtful_makes_it_unknown() -> None:
    enough, too_few = Evidence(name="moves", have=2, need=2), Evidence(name="moves", have=1, need=2)
    assert decide(TERMS, violations=(), evidence=[enough]).outcome is Outcome.HOLDS
    assert decide(TERMS, violations=(), evidence=[enough, too_few]).outcome is Outcome.UNKNOWN
    assert decide(TERMS, violations=(), evidence=[enough], missing=["why"]).outcome is Outcome.UNKNOWN
    doubt = Doubt(anomaly="same host", what="odd")
    assert doubt.count == 1
    assert decide(TERMS, violations=(), evidence=[enough], doubts=[doubt]).outcome is Outcome.UNKNOWN


def test_only_names_of_the_catalogue_are_taken() -> None:
    with pytest.raises(ValueError, match="turns: class 'other' is not in the catalogue"):
        decide(TERMS, violations=[violation(1), violation(2, "other")], evidence=())
    with pytest.raises(ValueError, match="turns: class 'other' is not in the catalogue"):
        decide(TERMS, violations=(), evidence=(), doubts=[Doubt(anomaly="other", what="odd")])
    with pytest.raises(ValueError, match="turns: clause 'other' is not in the catalogue"):
        decide(TERMS, violations=(), evidence=(), excused={"frozen": 1, "other": 1})


def test_every_threshold_is_held_against_what_there_is() -> None:
    assert evidence_of(TERMS, {"moves": 1, "kills": 1, "others": 5}) == (
        Evidence(name="moves", have=1, need=2),
        Evidence(name="kills", have=1, need=1),
    )
    with pytest.raises(KeyError):
        evidence_of(TERMS, {"moves": 1})


def test_the_worst_of_all_and_unknown_of_none() -> None:
    assert join([Outcome.HOLDS, Outcome.VIOLATED, Outcome.ERROR]) is Outcome.VIOLATED
    assert join([Outcome.HOLDS]) is Outcome.HOLDS
    assert join([]) is Outcome.UNKNOWN
    assert [outcome.word for outcome in sorted(Outcome)] == ["holds", "unknown", "error", "violated"]


@pytest.mark.parametrize(("share", "value"), [(0, 1.0), (0.33, 1.0), (0.34, 2.0), (0.5, 2.0), (0.67, 3.0), (1, 3.0)])
def test_quantile(share: float, value: float) -> None:
    assert quantile([3.0, 1.0, 2.0], share) == value
    assert quantile([], share) == 0.0
