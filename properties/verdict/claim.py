"""Claims: statements that users build on, held against what a run showed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict, Verdict

KEYS = frozenset({"statement", "source", "guarantee", "version", "verdict", "measured"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement. Either `guarantee` decides it in each run, or it was tested once: version, verdict, measured."""

    statement: str
    source: str
    guarantee: str = ""
    version: str = ""
    verdict: str = ""
    measured: str = ""


def parse(text: str) -> tuple[Claim, ...]:
    """Read claims; ValueError says which one is wrong."""
    found = []
    for at, entry in enumerate(tomllib.loads(text).get("claim", []), start=1):
        if set(entry) - KEYS or not all(isinstance(value, str) and value for value in entry.values()):
            raise ValueError(f"claim {at}: only texts named {', '.join(sorted(KEYS))} are known")
        claim = Claim(**entry)
        tested = claim.version and claim.verdict and claim.measured
        if bool(claim.guarantee) == bool(tested):
            raise ValueError(f"claim {at}: it needs a guarantee, or version, verdict and measured")
        found.append(claim)
    return tuple(found)


def decide(claim: Claim, run: RunVerdict, *, version: str) -> Claim:
    """The claim with what this run says of it; one whose guarantee was not judged is ``not measured``."""
    if not claim.guarantee:
        return claim
    found = next((verdict for verdict in run.guarantees if verdict.guarantee == claim.guarantee), None)
    word, measured = _word(found)
    return Claim(statement=claim.statement, source=claim.source, version=version, verdict=word, measured=measured)


def _tried(verdict: Verdict) -> str:
    """What the run held against a promise: each stimulus, and how often."""
    return ", ".join(f"{each.said} {each.have}" for each in verdict.evidence if each.have) or "nothing"


def _word(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "not measured", "this run did not test it"
    counts = ", ".join(f"{anomaly} {count}x" for anomaly, count in verdict.classes.items())
    name = verdict.guarantee
    if verdict.raw_outcome is Outcome.VIOLATED:
        return "false", f"{name} is broken: {counts}"
    if verdict.outcome.holds:
        return "true", f"{name} holds for what was tried: {_tried(verdict)}"
    return "not measured", f"{name} is {verdict.outcome.plain}: {'; '.join(verdict.missing[:2])}"
