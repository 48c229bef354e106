"""The terms of the shipped catalogue, and what a guarantee comes to on one history, for tests."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import isfinite
from pathlib import Path

import msgspec

from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict import catalogue
from actorproof.properties.verdict.findings import Budget, Findings, Terms
from actorproof.properties.verdict.verdict import Verdict, decide
from actorproof.properties.views.timeline import Timeline

UNITS = {"", "%", "/s", "s", "ms", "KiB", "ratio"} | {
    *("actors", "calls", "faults", "ids", "instances", "losses", "moves", "requests", "turns")
}
CATALOGUE = catalogue.parse((Path(catalogue.__file__).parent / "catalogue.toml").read_text("utf-8"))


def free(guarantee: str, **limits: float) -> Terms:
    """A guarantee's terms with no evidence asked for, so that a small history can hold; `limits` overwrite its own."""
    terms = CATALOGUE.terms(guarantee, "quick")
    return replace(terms, thresholds=dict.fromkeys(terms.thresholds, 0), limits={**terms.limits, **limits})


def verdict_on(timeline: Timeline, terms: Terms, budget: Budget | None = None) -> Verdict:
    """The verdict on one history, for the guarantee of the terms; ValueError where findings don't fit the catalogue."""
    findings = guarantees()[terms.guarantee].findings(timeline, terms, budget or Budget())
    terms.check(findings)
    sound(findings)
    return decide(terms, [findings])


def sound(findings: Findings) -> None:
    """Fail unless findings are as their docstrings promise of all: types, order of time, words, counts."""
    msgspec.convert(msgspec.to_builtins(findings), Findings)
    for violation in findings.violations:
        times = [event.t_ns for event in violation.events]
        assert times == sorted(times) != [], violation
        words = (violation.summary, violation.trigger, *(event.label for event in violation.events))
        assert all(each and "None" not in each for each in words), violation
        assert all(span.lane and span.label and span.start_ns <= span.end_ns for span in violation.spans), violation
    for anomaly, count in Counter(violation.anomaly for violation in findings.violations).items():
        assert findings.opportunities[anomaly] >= count, anomaly
    assert all(count >= 0 for count in (*findings.evidence.values(), *findings.opportunities.values())), findings
    figures = findings.figures
    assert all(figure.name and isfinite(figure.value) and figure.unit in UNITS for figure in figures), figures
    assert all(left.why and left.count > 0 for left in findings.left_out), findings.left_out
    assert all(doubt.what and doubt.count > 0 for doubt in findings.doubts), findings.doubts
