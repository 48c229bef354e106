"""Examination: what every checker finds in one part of a run, before anything is decided of the whole.

A part is one history: a run, or one scenario of several that are judged together. It is split in two: the canary's
actors, and the rest, which the checkers look at. Parts know nothing of one another, so that they can be examined side
by side, by processes of their own.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from actorproof.properties.causes.cause import Traced, Tracing
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.baseline import Exposure, exposure
from actorproof.properties.verdict.canary import Heard
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.findings import Budget, Findings, Terms
from actorproof.properties.views import coverage
from actorproof.properties.views.coverage import Struck
from actorproof.properties.views.problems import Problem
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which part of a run this is, from 1, of how many."""

    number: int = 1
    of: int = 1

    @property
    def said(self) -> str:
        """What sentences call it."""
        return f"part {self.number}" if self.of > 1 else "the run"

    def name(self, part: Timeline) -> str:
        """What the part is called: its scenario; nothing where there is no other."""
        if self.of == 1:
            return ""
        return part.run.scenario if part.run else self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found in one part.

    Attributes:
        name: what it is called; empty where there is no other part.
        findings: by guarantee, in the order asked for.
        traced: every violation of these, in the same order, with what led to it.
        heard: by guarantee, what became of its canary.
        exposure: its setting and what there was to strike.
        coverage: every kind of fault that took effect.
        problems: what is wrong with the history itself.
        closed: whether it was closed in order.
        schedulers: whether the cluster had any; None where the history doesn't say what was run.
    """

    name: str
    findings: Mapping[str, Findings]
    traced: tuple[Traced, ...]
    heard: Mapping[str, Heard]
    exposure: Exposure
    coverage: Sequence[Struck]
    problems: tuple[Problem, ...]
    closed: bool
    schedulers: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """Examines parts of one run.

    Attributes:
        catalogue, profile: what the guarantees say and ask.
        guarantees: those to look for, in their order.
        budget: for each of them that has to search, in each part.
        known: the guarantees that there are; all that are registered when left out.
        canaries: the guarantees whose canary sings; all that have one when left out.
        fault_rate, store: more of what was run, for rates are known by setting.
    """

    catalogue: Catalogue
    profile: str
    guarantees: Sequence[str]
    budget: Budget
    known: Mapping[str, Guarantee] | None = None
    canaries: Sequence[str] | None = None
    fault_rate: str = ""
    store: str = ""

    def terms(self) -> Mapping[str, Terms]:
        """What is said of each guarantee. ValueError when one of them, or the profile, is not known."""
        return {guarantee: self.catalogue.terms(guarantee, self.profile) for guarantee in self.guarantees}

    def examine(self, part: Timeline, *, place: Place) -> Examination:
        """Have every checker look at one part."""
        known = self._known
        rest, sung = part.halves
        heard = canary.hear(sung, guarantees=known, terms=self._canaries(), budget=self.budget, where=place.said)
        findings = {name: _findings(known, rest, terms, self.budget) for name, terms in self.terms().items()}
        name = place.name(part)
        return Examination(
            name=name,
            findings=findings,
            traced=tuple(_traced(rest, name, findings)),
            heard=heard,
            exposure=exposure(rest, fault_rate=self.fault_rate, store=self.store),
            coverage=coverage.coverage(rest),
            problems=tuple(part.problems),
            closed="closed" in part.phases,
            schedulers=None if part.run is None else bool(part.run.schedulers),
        )

    def singing(self) -> tuple[str, ...]:
        """The guarantees that a canary breaks on purpose in every part."""
        return tuple(self._canaries())

    @property
    def _known(self) -> Mapping[str, Guarantee]:
        return registered() if self.known is None else self.known

    def _canaries(self) -> Mapping[str, Terms]:
        known = self._known
        chosen = self.catalogue.ids if self.canaries is None else self.canaries
        return {
            name: self.catalogue.terms(name, self.profile) for name in chosen if name in known and known[name].canary
        }


def _traced(part: Timeline, name: str, findings: Mapping[str, Findings]) -> Iterator[Traced]:
    """Every violation, with what led to it."""
    tracing = Tracing(part, part=name)
    for guarantee, found in findings.items():
        for violation in found.violations:
            yield tracing.trace(guarantee, violation)


def _findings(known: Mapping[str, Guarantee], timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
    """What one checker finds; one that fails, or is not there, found a fault."""
    try:
        findings = known[terms.guarantee].findings(timeline, terms, budget)
        terms.check(findings)
    except Exception as error:  # noqa: BLE001 - whatever a checker raises, the others go on
        return Findings(fault=traceback.format_exception_only(error)[-1].strip())
    return findings
