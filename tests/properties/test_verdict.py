from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actorproof.properties.verdict.findings import Doubt, Figure, Findings, Violation
from actorproof.properties.verdict.outcome import Outcome, join
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.verdict.verdict import Evidence, Owed, Verdict, decide
from actorproof.properties.views.coverage import Pair
from tests.properties.terms import free

TERMS = replace(
    free("turns"), thresholds={"moves": 2, "kills": 1}, classes=("same host", "abandoned"), clauses=("frozen",)
)


def violation(at_ns: int, anomaly: str = "same host") -> Violation:
    return Violation(anomaly=anomaly, actor="A/1", summary="s", events=(), at_ns=at_ns)


def found(*violations: Violation, **more: Any) -> Findings:
    return Findings(**({"violations": violations, "evidence": {"moves": 2, "kills": 1}} | more))


def test_everything_is_kept_and_violations_are_put_in_order() -> None:
    figures = (Figure(name="f", value=1.0, unit="s"),)
    doubts = (Doubt(anomaly="abandoned", what="odd", count=2),)
    late, soon, middle = violation(7), violation(5, "abandoned"), violation(6)
    findings = Findings(
        violations=[late, soon, middle],
        opportunities={"same host": 9},
        excused={"frozen": 3},
        evidence={"moves": 1, "kills": 1, "others": 5},
        figures=figures,
        doubts=doubts,
        missing=["why"],
    )
    made = decide(TERMS, [findings])
    assert made == Verdict(
        terms=TERMS,
        outcome=Outcome.VIOLATED,
        violations=(soon, middle, late),
        opportunities={"same host": 9},
        excused={"frozen": 3},
        evidence=(
            Evidence(name="moves", said=TERMS.said("moves"), have=1, need=2, parts=(1,)),
            Evidence(name="kills", said=TERMS.said("kills"), have=1, need=1, parts=(1,)),
        ),
        figures=figures,
        doubts=doubts,
        missing=("why", f"{TERMS.said('moves')}: 1 seen, 2 needed", "2 odds (if so: abandoned)"),
        open_violations=(soon, middle, late),
    )
    assert made.classes == {"same host": 2, "abandoned": 1}


@pytest.mark.parametrize(
    ("parts", "doubts", "outcome"),
    [
        ([found()], (), Outcome.HOLDS),
        ([found(evidence={"moves": 1, "kills": 1})], (), Outcome.UNKNOWN),
        ([found(evidence={"moves": 1, "kills": 1}), found(evidence={"moves": 1})], (), Outcome.HOLDS),
        ([found(missing=["why"])], (), Outcome.UNKNOWN),
        ([found(doubts=[Doubt(anomaly="same host", what="odd")])], (), Outcome.UNKNOWN),
        ([found()], ("the history is not whole",), Outcome.UNKNOWN),
        ([found(fault="KeyError: 'gone'")], ("the history is not whole",), Outcome.ERROR),
        ([found(violation(1)), found(fault="KeyError: 'gone'")], (), Outcome.VIOLATED),
    ],
)
def test_what_findings_come_to(parts: list[Findings], doubts: tuple[str, ...], outcome: Outcome) -> None:
    assert decide(TERMS, parts, doubts=doubts).outcome is outcome


def test_figures_are_no_verdict_and_no_doubt_makes_them_unknown() -> None:
    terms = replace(TERMS, thresholds={}, classes=())
    assert decide(terms, [Findings()], doubts=["the canary was not seen"]).outcome is Outcome.FIGURE
    assert decide(terms, [Findings(fault="KeyError: 'gone'")]).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        (found(violation(1), violation(2, "other")), "turns: class 'other' is not in the catalogue"),
        (found(doubts=[Doubt(anomaly="other", what="odd")]), "turns: class 'other' is not in the catalogue"),
        (found(excused={"frozen": 1, "other": 1}), "turns: clause 'other' is not in the catalogue"),
        (found(evidence={"moves": 1}), "turns: evidence 'kills' was not counted"),
    ],
)
def test_only_names_of_the_catalogue_are_taken(findings: Findings, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TERMS.check(findings)


def test_the_worst_of_all_and_unknown_of_none() -> None:
    assert join([Outcome.HOLDS, Outcome.VIOLATED, Outcome.ERROR]) is Outcome.VIOLATED
    assert join([Outcome.HOLDS]) is Outcome.HOLDS
    assert join([]) is join([Outcome.FIGURE]) is Outcome.UNKNOWN
    worst_last = [(outcome.word, outcome.sign, outcome.exit_code, outcome.plain) for outcome in sorted(Outcome)]
    assert worst_last == [
        ("figure", "#", 0, "holds"),
        ("holds", "✓", 0, "holds"),
        ("clean", "○", 0, "clean"),
        ("deviates", "≈", 0, "holds"),
        ("unknown", "?", 2, "unknown"),
        ("error", "!", 3, "error"),
        ("violated", "✗", 1, "violated"),
    ]


@pytest.mark.parametrize(("share", "value"), [(0, 1.0), (0.33, 1.0), (0.34, 2.0), (0.5, 2.0), (0.67, 3.0), (1, 3.0)])
def test_quantile(share: float, value: float) -> None:
    assert quantile([3.0, 1.0, 2.0], share) == value
    assert quantile([], share) == 0.0


PAIR = Pair(fault="kill host", under_way="turn open")


@pytest.mark.parametrize(("have", "outcome"), [(0, Outcome.UNKNOWN), (1, Outcome.HOLDS)])
def test_what_is_owed_and_was_not_seen_makes_a_guarantee_unknown(have: int, outcome: Outcome) -> None:
    verdict = decide(TERMS, [found()], owed=[Owed(pair=PAIR, have=have)])
    assert verdict.outcome is outcome
    assert verdict.missing == (() if have else ("kill host with turn open: 0 seen, 1 needed",))


@pytest.mark.parametrize(
    ("count", "have", "outcome"), [(1, 1, Outcome.CLEAN), (1, 0, Outcome.UNKNOWN), (0, 1, Outcome.UNKNOWN)]
)
def test_a_scenario_by_itself_is_clean_when_it_tested_something_and_showed_what_it_owes(
    count: int, have: int, outcome: Outcome
) -> None:
    terms = replace(TERMS, thresholds={"kills": 1000, "moves": 20})
    verdict = decide(
        terms, [found(evidence={"kills": count, "moves": 0})], owed=[Owed(pair=PAIR, have=have)], alone=True
    )
    assert verdict.outcome is verdict.raw_outcome is outcome
