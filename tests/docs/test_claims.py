"""docs/claims.md is what the command makes, covers the documents' headings, and names only what is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from actorproof.harness.run.shipped import catalogue, claims
from actorproof.properties.verdict.claim import Claim, Document
from actorproof.reports.claims import render
from actorproof.scenarios.registry import scenarios

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = tomllib.loads((Path(__file__).parent / "headings.toml").read_text("utf-8"))
DOCUMENTS = claims()
ALL = [claim for document in DOCUMENTS for claim in document.claims]


def named(document: str) -> Document:
    return next(each for each in DOCUMENTS if each.name == document)


def test_the_page_is_up_to_date() -> None:
    made = (ROOT / "docs/claims.md").read_text("utf-8")
    assert made == render(DOCUMENTS), "make it again: actorproof report --claims > docs/claims.md"


@pytest.mark.parametrize("document", HEADINGS)
def test_each_heading_of_a_document_has_its_claims_or_the_reason_why_not(document: str) -> None:
    assert [section.heading for section in named(document).sections] == HEADINGS[document]["headings"]


@pytest.mark.parametrize("claim", ALL, ids=lambda claim: claim.statement[:40])
def test_a_claim_names_scenarios_guarantees_and_classes_that_are_there(claim: Claim) -> None:
    assert not claim.scenario or claim.scenario.split()[0] in scenarios()
    if claim.guarantee:
        assert set(claim.classes) <= set(catalogue().terms(claim.guarantee, "quick").classes)
    else:
        assert not claim.classes


@pytest.mark.parametrize("claim", ALL, ids=lambda claim: claim.statement[:40])
def test_a_verdict_that_was_measured_says_how_often_or_how(claim: Claim) -> None:
    if claim.verdict in {"false", "true in part"}:
        assert claim.measured
        assert claim.measured[-1] == "."
