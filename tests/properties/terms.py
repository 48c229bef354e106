"""The terms of the shipped catalogue, and what a guarantee comes to on one history, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue
from actorproof.properties.verdict.findings import Budget, Terms
from actorproof.properties.verdict.verdict import Verdict, decide
from actorproof.properties.views.timeline import Timeline

CATALOGUE = catalogue.parse((Path(catalogue.__file__).parent / "catalogue.toml").read_text("utf-8"))


def free(guarantee: str, **limits: float) -> Terms:
    """A guarantee's terms with no evidence asked for, so that a small history can hold; `limits` overwrite its own."""
    terms = CATALOGUE.terms(guarantee, "quick")
    return replace(terms, thresholds=dict.fromkeys(terms.thresholds, 0), limits={**terms.limits, **limits})


def verdict_on(timeline: Timeline, terms: Terms, budget: Budget | None = None) -> Verdict:
    """The verdict on one history, for the guarantee of the terms; ValueError where findings don't fit the catalogue."""
    findings = guarantees()[terms.guarantee].findings(timeline, terms, budget or Budget())
    terms.check(findings)
    return decide(terms, [findings])
