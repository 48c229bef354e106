"""Deviations of one version, read from a file of the folder `deviations`, and what they take out of what was found.

version = "1.18.2"

[[deviation]]
name = "paused-host-runs-on"
guarantee = "turns"
class = "cut off"
trigger = "pause host"      # a fault kind, or "any"
max_rate = 0.2              # highest accepted violations per opportunity
evidence = "Seen in 12 of 300 moves after a pause of 20 s."
upstream = "none known"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

from actorproof.properties.verdict.findings import Doubt, Findings, Violation

ANY = "any"
CHANCE = 1e-3
TEXTS = ("name", "guarantee", "class", "trigger", "evidence", "upstream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A known violation of one version, accepted by name.

    Attributes:
        name: its name in the deviations file, and the reason of the xfail under pytest.
        guarantee, anomaly, trigger: what it accepts; `trigger` is a fault kind or ``any``.
        max_rate: highest accepted violations per opportunity, 0 to 1.
        evidence: where it was seen, in one sentence.
        upstream: link to the public issue, or ``none known``.
    """

    name: str
    version: str
    guarantee: str
    anomaly: str
    trigger: str
    max_rate: float
    evidence: str
    upstream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationMatch:
    """What a deviation took out of a verdict: violations, and doubts of its class; no longer occurring: neither."""

    deviation: Deviation
    violations: tuple[Violation, ...]
    opportunities: int
    doubts: tuple[Doubt, ...] = ()

    @property
    def doubtful(self) -> int:
        """How many events may have been violations, which the history can't tell."""
        return sum(doubt.count for doubt in self.doubts)

    @property
    def rate(self) -> float:
        return len(self.violations) / self.opportunities if self.opportunities else 0.0


def parse(text: str) -> tuple[Deviation, ...]:
    """Read the deviations of one version; ValueError says where the text is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"deviations: {error}") from error
    version = table.get("version")
    if not isinstance(version, str) or not version:
        raise ValueError("deviations: version is missing")
    entries = table.get("deviation", [])
    if set(table) - {"version", "deviation"} or not isinstance(entries, list):
        raise ValueError(f"deviations of {version}: only `version` and [[deviation]] tables are known")
    found = tuple(_deviation(version, entry, at) for at, entry in enumerate(entries, start=1))
    if len({deviation.name for deviation in found}) != len(found):
        raise ValueError(f"deviations of {version}: a name stands there twice")
    return found


def _deviation(version: str, entry: object, at: int) -> Deviation:
    where = f"deviations of {version}, number {at}"
    if not isinstance(entry, dict) or set(entry) != {*TEXTS, "max_rate"}:
        raise ValueError(f"{where}: it needs just {', '.join(TEXTS)} and max_rate")
    for key in TEXTS:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise ValueError(f"{where}: {key} has to be a text")
    rate = entry["max_rate"]
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 < rate <= 1:
        raise ValueError(f"{where}: max_rate has to be above 0 and at most 1")
    return Deviation(
        name=entry["name"],
        version=version,
        guarantee=entry["guarantee"],
        anomaly=entry["class"],
        trigger=entry["trigger"],
        max_rate=float(rate),
        evidence=entry["evidence"],
        upstream=entry["upstream"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """What is left of violations and doubts, what each deviation took out, and which did not apply and why."""

    open_violations: tuple[Violation, ...]
    doubts: tuple[Doubt, ...]
    matches: tuple[DeviationMatch, ...]
    notes: tuple[str, ...]


def apply(findings: Findings, deviations: Iterable[Deviation]) -> Remainder:
    """Take the violations that the deviations of one guarantee accept out of what was found of it, those that name a
    trigger first.

    A deviation whose rate is exceeded (see `exceeds`) takes nothing out. One that no longer occurs though it could have
    is matched with no violations. A deviation with any trigger also takes out the doubts of its class, which count as
    violations towards its rate: whatever they were, it accepts them.
    """
    left = list(findings.violations)
    doubts = list(findings.doubts)
    matches: list[DeviationMatch] = []
    notes: list[str] = []
    for deviation in sorted(deviations, key=lambda d: d.trigger == ANY):
        opportunities = findings.opportunities.get(deviation.anomaly, 0)
        taken = tuple(violation for violation in left if _accepts(deviation, violation))
        doubted = tuple(doubt for doubt in doubts if doubt.anomaly == deviation.anomaly and deviation.trigger == ANY)
        match = DeviationMatch(
            deviation=deviation, violations=taken, opportunities=max(opportunities, len(taken)), doubts=doubted
        )
        at_most = len(taken) + match.doubtful
        if exceeds(at_most, max(match.opportunities, at_most), deviation.max_rate):
            notes.append(
                f"deviation {deviation.name} accepts {deviation.max_rate:.3g} violations per opportunity;"
                f" here are {len(taken)} in {match.opportunities} ({match.rate:.3g})"
                + (f", and {at_most - len(taken)} that may be more" if doubted else "")
            )
        elif taken or doubted or opportunities:
            matches.append(match)
            left = [violation for violation in left if not _accepts(deviation, violation)]
            doubts = [doubt for doubt in doubts if doubt not in doubted]
    return Remainder(open_violations=tuple(left), doubts=tuple(doubts), matches=tuple(matches), notes=tuple(notes))


def exceeds(violations: int, opportunities: int, max_rate: float) -> bool:
    """Whether so many violations are more than `max_rate` and chance explain.

    A run has few opportunities of some kinds: one violation in three is no proof of a rate above a tenth. So a rate is
    exceeded only when a process of just that rate would give as many violations less than once in a thousand runs
    (the upper tail of the binomial distribution).
    """
    if violations <= max_rate * opportunities or max_rate >= 1:
        return False
    log_odds = (log(max_rate), log1p(-max_rate))
    tail = sum(
        exp(
            lgamma(opportunities + 1)
            - lgamma(count + 1)
            - lgamma(opportunities - count + 1)
            + count * log_odds[0]
            + (opportunities - count) * log_odds[1]
        )
        for count in range(violations, opportunities + 1)
    )
    return tail < CHANCE


def _accepts(deviation: Deviation, violation: Violation) -> bool:
    return violation.anomaly == deviation.anomaly and deviation.trigger in {violation.trigger, ANY}
