"""Claims are decided by the run's own verdicts, or were tested once and say so."""

from __future__ import annotations

import pytest

from actorproof.harness.run.shipped import catalogue
from actorproof.properties.verdict import claim
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Evidence, RunVerdict, Verdict

TEXT = '[[claim]]\nstatement = "one at a time"\nsource = "a seed"\nguarantee = "turns"\n'
OVERLAP = Violation(anomaly="same host", actor="Counter/a", summary="two at once", events=(), at_ns=1)


def _decided(outcome: Outcome, *violations: Violation, accepted: bool = False) -> claim.Claim:
    verdict = Verdict(
        terms=catalogue().terms("turns", "quick"),
        outcome=Outcome.DEVIATES if accepted else outcome,
        violations=violations,
        missing=("moves: 0 seen",),
    )
    run = RunVerdict(guarantees=(verdict,), canaries=())
    return claim.decide(claim.parse(TEXT)[0], run, version="1.18.2")


def test_a_claim_follows_its_guarantee() -> None:
    assert _decided(Outcome.HOLDS).verdict == "true"
    assert _decided(Outcome.VIOLATED, OVERLAP).verdict == "false"
    assert _decided(Outcome.UNKNOWN).verdict == "not measured"


def test_a_claim_is_true_only_for_what_was_tried_and_says_for_what() -> None:
    seen = (
        Evidence(name="contended_turns", said="contended turns", have=310, need=300),
        Evidence(name="cuts", said="cuts", have=0, need=0),
    )
    verdict = Verdict(terms=catalogue().terms("turns", "quick"), outcome=Outcome.HOLDS, evidence=seen)
    decided = claim.decide(claim.parse(TEXT)[0], RunVerdict(guarantees=(verdict,), canaries=()), version="1.18.2")
    assert (decided.verdict, decided.measured) == ("true", "turns holds for what was tried: contended turns 310")


def test_a_listed_deviation_makes_no_claim_true() -> None:
    decided = _decided(Outcome.VIOLATED, OVERLAP, accepted=True)
    assert (decided.verdict, decided.measured) == ("false", "turns is broken: same host 1x")


def test_what_a_run_did_not_test_is_not_measured() -> None:
    run = RunVerdict(guarantees=(), canaries=())
    assert claim.decide(claim.parse(TEXT)[0], run, version="1.18.2").verdict == "not measured"


@pytest.mark.parametrize("extra", ['verdict = "true"\nversion = "1"\nmeasured = "x"', 'colour = "red"'])
def test_a_claim_has_one_way_to_be_decided(extra: str) -> None:
    with pytest.raises(ValueError, match="claim 1: "):
        claim.parse(TEXT + extra)
