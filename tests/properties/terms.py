"""The terms of the shipped catalogue, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from actorproof.properties.verdict import catalogue
from actorproof.properties.verdict.verdict import Terms

CATALOGUE = catalogue.parse((Path(catalogue.__file__).parent / "catalogue.toml").read_text("utf-8"))


def free(guarantee: str, **limits: float) -> Terms:
    """A guarantee's terms with no evidence asked for, so that a small history can hold; `limits` overwrite its own."""
    terms = CATALOGUE.terms(guarantee, "quick")
    return replace(terms, thresholds=dict.fromkeys(terms.thresholds, 0), limits={**terms.limits, **limits})
