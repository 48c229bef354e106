"""Judgement: all verdicts of a run, with deviations taken out by name and the canary's word on top."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.properties.verdict.verdict import Doubt, Outcome, Terms, Verdict, Violation


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One guarantee: the verdict as the checker gave it, and the outcome once its deviations are taken out.

    `notes` say which deviations took nothing out since their rate was exceeded.
    """

    terms: Terms
    verdict: Verdict
    outcome: Outcome
    deviations: tuple[DeviationMatch, ...] = ()
    open_violations: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryWord:
    """What became of the canary of one promise: it must be seen (`red`), or nothing in the run holds.

    `blind` says that it was missed where the history was whole and closed: then the check itself doesn't work.
    """

    guarantee: str
    red: bool
    detail: str
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that was decided about one run, or about several that were judged together.

    Attributes:
        outcome: the worst of all guarantees.
        problems: what is wrong with the history itself.
    """

    outcome: Outcome
    guarantees: tuple[Judged, ...]
    canaries: tuple[CanaryWord, ...]
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all hold or are listed deviations, 1 violated, 2 unknown, 3 error."""
        return {Outcome.HOLDS: 0, Outcome.VIOLATED: 1, Outcome.UNKNOWN: 2, Outcome.ERROR: 3}[self.outcome]
