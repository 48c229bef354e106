"""Claims say what was measured, are contradicted or borne out by a run's own verdicts, and are never guessed."""

from __future__ import annotations

import pytest

from actorproof.harness.run.shipped import catalogue
from actorproof.properties.verdict import claim
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Evidence, RunVerdict, Verdict

HEAD = 'document = "a seed"\ntitle = "A seed"\nsource = "https://example.org/a"\n[[section]]\nheading = "Guarantees"\n'
RECORDED = 'version = "1.18.2"\nmeasured = "40 of 40."\nscenario = "churn"\n'
OVERLAP = Violation(anomaly="same host", actor="Counter/a", summary="two at once", events=(), at_ns=1)


def made(*lines: str) -> claim.Claim:
    text = HEAD + '[[section.claim]]\nstatement = "one at a time"\n' + "\n".join(lines)
    return claim.parse(text).claims[0]


def run(
    outcome: Outcome,
    *violations: Violation,
    evidence: tuple[Evidence, ...] = (),
    missing: tuple[str, ...] = ("moves: 0 seen",),
) -> RunVerdict:
    verdict = Verdict(
        terms=catalogue().terms("turns", "quick"),
        outcome=outcome,
        violations=violations,
        evidence=evidence,
        missing=missing,
    )
    return RunVerdict(guarantees=(verdict,), canaries=())


def decided(each: claim.Claim, found: RunVerdict, version: str = "1.18.2") -> tuple[str, str]:
    after = claim.decide(each, found, version=version)
    return after.verdict, after.measured


def test_what_nobody_recorded_follows_its_guarantee() -> None:
    each = made('guarantee = "turns"')
    assert decided(each, run(Outcome.VIOLATED, OVERLAP)) == ("false", "In this run: turns is broken: same host 1x.")
    assert decided(each, run(Outcome.UNKNOWN)) == ("not tried", "")
    assert decided(each, RunVerdict(guarantees=(), canaries=())) == ("not tried", "")


def test_a_claim_is_true_only_for_what_was_tried_and_says_for_what() -> None:
    seen = (
        Evidence(name="contended_turns", said="contended turns", have=310, need=300),
        Evidence(name="cuts", said="cuts", have=0, need=0),
    )
    assert decided(made('guarantee = "turns"'), run(Outcome.HOLDS, evidence=seen)) == (
        "true",
        "In this run: turns holds for what was tried: contended turns 310.",
    )


def test_a_listed_deviation_makes_no_claim_true() -> None:
    assert decided(made('guarantee = "turns"'), run(Outcome.DEVIATES, OVERLAP))[0] == "false"


def test_a_recorded_verdict_stands_beside_what_the_run_says_unless_that_contradicts_it() -> None:
    part = made('guarantee = "turns"', 'verdict = "true in part"', RECORDED)
    assert decided(part, run(Outcome.VIOLATED, OVERLAP)) == (
        "true in part",
        "40 of 40. In this run: turns is broken: same host 1x.",
    )
    true = made('guarantee = "turns"', 'verdict = "true"', RECORDED)
    assert decided(true, run(Outcome.VIOLATED, OVERLAP))[0] == "false"
    false = made('guarantee = "turns"', 'verdict = "false"', RECORDED)
    assert decided(false, run(Outcome.HOLDS))[0] == "false"


def test_what_was_recorded_of_another_version_says_nothing_of_this_one() -> None:
    each = made('guarantee = "turns"', 'verdict = "true"', RECORDED)
    assert decided(each, run(Outcome.VIOLATED, OVERLAP), version="1.16.0") == (
        "false",
        "In this run: turns is broken: same host 1x.",
    )


def test_only_the_classes_that_it_names_contradict_a_claim() -> None:
    each = made('guarantee = "turns"', 'classes = ["two live hosts"]')
    assert decided(each, run(Outcome.VIOLATED, OVERLAP, missing=()))[0] == "true"
    assert decided(each, run(Outcome.VIOLATED, OVERLAP))[0] == "not tried"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('verdict = "true"\n', "has a version"),
        ('verdict = "perhaps"\n', "the verdict is one of"),
        ('colour = "red"\n', "are known"),
        ('measured = "40"\n', "has a version"),
        ('scenario = "churn"\n', "has no scenario"),
    ],
)
def test_a_claim_without_evidence_is_not_tried_and_nothing_else(lines: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"claims of a seed, Guarantees: .*{said}"):
        made(lines)


@pytest.mark.parametrize("rest", ["", 'nothing = "advice"\n[[section.claim]]\nstatement = "x"\n'])
def test_a_heading_has_claims_or_the_reason_why_not(rest: str) -> None:
    with pytest.raises(ValueError, match="claims of a seed, Guarantees: it needs claims, or why"):
        claim.parse(HEAD + rest)
