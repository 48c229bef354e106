"""Verdict: what the findings of all parts of a run amount to. This is the one place where outcomes are made.

Findings are summed by name over the parts; deviations take out, by cause, the violations and doubts that they accept;
then what is left decides:

    violated   a violation that no deviation accepts
    error      a checker failed
    unknown    evidence below its threshold, a doubt, any other reason of a checker, or a doubt about the history itself
    deviates   none of these, and a deviation took violations out
    clean      none of these, and the history is of one scenario run by itself
    holds      none of these
    figure     none of these, and the catalogue has nothing to judge: no class and no threshold
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from actorproof.properties.causes.cause import Cause
from actorproof.properties.verdict.deviation import DeviationMatch, Standing, apply
from actorproof.properties.verdict.findings import Doubt, Figure, Findings, LeftOut, Terms, Violation
from actorproof.properties.verdict.outcome import Outcome, join
from actorproof.properties.views.coverage import Pair, Struck

SMALLEST = ("smallest", "shortest", "least", "lowest")
EXTREME_UNITS = frozenset({"s", "ms", "ratio", "%", "/s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How much of one kind of stimulus the histories hold, and how much is needed for `holds`.

    Attributes:
        said: what readers are told that it is.
        left_out: what there was besides and could not count.
        parts: how much of it each history holds, or would hold had the machine not stood still, in their order.
    """

    name: str
    have: int
    need: int
    said: str
    left_out: tuple[LeftOut, ...] = ()
    parts: tuple[int, ...] = ()

    @property
    def enough(self) -> bool:
        return self.have >= self.need

    @property
    def lack(self) -> str:
        """That there was not enough of it, and what could not count."""
        besides = ", ".join(f"{each.count} more left out since {each.why}" for each in self.left_out)
        return f"{self.said}: {self.have} seen, {self.need} needed{f' ({besides})' if besides else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A pair that what was run has to show, and how often it was seen."""

    pair: Pair
    have: int

    @property
    def lack(self) -> str:
        """That it was not seen."""
        return f"{self.pair}: {self.have} seen, 1 needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided of one guarantee.

    Attributes:
        terms: what the catalogue says of it.
        outcome: what it comes to; see the module.
        violations: every one, also those that a deviation accepts, in time order.
        opportunities, excused, figures, doubts: as those of `Findings`, of all parts together.
        evidence: the stimuli with their thresholds.
        missing: why it can't hold, one plain sentence each.
        fault: why the checker failed; empty when it did not.
        deviations: what each listed deviation took out.
        open_violations: those that no deviation accepts.
        exceeded: the deviations that took nothing out since they came more often than known.
        owed: the pairs of fault and what is under way that were to be seen.
        alone: whether it is of one scenario run by itself, of which the profile's thresholds don't ask.
    """

    terms: Terms
    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    opportunities: Mapping[str, int] = field(default_factory=dict)
    excused: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    figures: tuple[Figure, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[str, ...] = ()
    fault: str = ""
    deviations: tuple[DeviationMatch, ...] = ()
    open_violations: tuple[Violation, ...] = ()
    exceeded: tuple[Standing, ...] = ()
    owed: tuple[Owed, ...] = ()
    alone: bool = False

    @property
    def guarantee(self) -> str:
        """Its id in the catalogue."""
        return self.terms.guarantee

    @property
    def classes(self) -> Mapping[str, int]:
        """Violations per class."""
        return Counter(violation.anomaly for violation in self.violations)

    @property
    def raw_outcome(self) -> Outcome:
        """What it would come to if no deviation were listed."""
        return _outcome(self.violations, self.fault, (*self.missing, *self.doubts), alone=self.alone)

    @property
    def scarce(self) -> bool:
        """Whether there is no other reason why it can't hold than that too little was seen."""
        return set(self.missing) <= set(_scarcity(self.evidence, self.owed, alone=self.alone))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said of each of the exceeded deviations."""
        return tuple(each.note for each in self.exceeded)

    @property
    def accepted(self) -> Mapping[Violation, str]:
        """The violations that a deviation took out, with the mechanism that it names."""
        return {violation: match.deviation.mechanism for match in self.deviations for violation in match.violations}


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What became of a promise that the canary breaks on purpose: it must be seen broken, or nothing in the run holds.

    `blind` says that it was missed where the history was whole and closed: then the check itself doesn't work.
    """

    guarantee: str
    seen: bool
    detail: str
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunVerdict:
    """Everything that was decided about one run, or about several that were judged together.

    Attributes:
        causes: what led to the violations, over all guarantees; those that nothing explains come last.
        problems: what is wrong with the histories themselves.
        coverage: what was under way when faults struck, by kind of fault.
    """

    guarantees: tuple[Verdict, ...]
    canaries: tuple[Canary, ...]
    causes: tuple[Cause, ...] = ()
    problems: tuple[str, ...] = ()
    coverage: tuple[Struck, ...] = ()
    contradictory: bool = False

    @property
    def outcome(self) -> Outcome:
        """The worst of all guarantees; an error, too, when a history contradicts itself or a check is blind."""
        outcomes = [verdict.outcome for verdict in self.guarantees]
        if self.contradictory or any(canary.blind for canary in self.canaries):
            outcomes.append(Outcome.ERROR)
        return join(outcomes)


def decide(
    terms: Terms,
    found: Sequence[Findings],
    *,
    listed: Iterable[Standing] = (),
    doubts: Iterable[str] = (),
    owed: Iterable[Owed] = (),
    alone: bool = False,
) -> Verdict:
    """Decide one guarantee from what was found in each part of a run.

    `listed` is what the known deviations come to in the run. `doubts` are reasons why nothing in the run holds; a
    guarantee without anything to judge has none. What is `owed` and was not seen makes it unknown, and so does evidence
    below its threshold; of a scenario that was run `alone` some evidence is enough, whatever its threshold.
    """
    findings = total(found)
    evidence = tuple(
        Evidence(
            name=name,
            have=findings.evidence.get(name, 0),
            need=need,
            said=terms.said(name),
            left_out=tuple(each for each in findings.left_out if each.evidence == name),
            parts=tuple(each.evidence.get(name, 0) + each.stalled(name) for each in found),
        )
        for name, need in terms.thresholds.items()
    )
    owed = tuple(owed)
    remainder = apply(terms.guarantee, findings, listed)
    missing = (
        *findings.missing,
        *_scarcity(evidence, owed, alone=alone),
        *(() if terms.figure else doubts),
        *map(str, remainder.doubts),
    )
    outcome = _outcome(remainder.open_violations, findings.fault, missing, alone=alone)
    if outcome.holds and any(match.violations for match in remainder.matches):
        outcome = Outcome.DEVIATES
    elif outcome.holds and terms.figure:
        outcome = Outcome.FIGURE
    return Verdict(
        terms=terms,
        outcome=outcome,
        violations=tuple(findings.violations),
        opportunities=findings.opportunities,
        excused=findings.excused,
        evidence=evidence,
        figures=tuple(findings.figures),
        doubts=tuple(findings.doubts),
        missing=missing,
        fault=findings.fault,
        deviations=remainder.matches,
        open_violations=remainder.open_violations,
        exceeded=remainder.exceeded,
        owed=owed,
        alone=alone,
    )


def _scarcity(evidence: Sequence[Evidence], owed: Sequence[Owed], *, alone: bool) -> Iterator[str]:
    """What is below its threshold, or owed and not seen; of a scenario by itself, that there is no evidence at all."""
    if not alone:
        yield from (each.lack for each in evidence if not each.enough)
    elif evidence and not any(each.have for each in evidence):
        yield f"nothing was tested: no {', no '.join(each.said for each in evidence)}"
    yield from (each.lack for each in owed if not each.have)


def _outcome(violations: Sequence[Violation], fault: str, reasons: Sequence[object], *, alone: bool) -> Outcome:
    if violations:
        return Outcome.VIOLATED
    if fault:
        return Outcome.ERROR
    if reasons:
        return Outcome.UNKNOWN
    return Outcome.CLEAN if alone else Outcome.HOLDS


def total(found: Sequence[Findings]) -> Findings:
    """The findings of several histories as if they were one: joined, summed by name, any reason kept."""
    have: Counter[str] = Counter()
    opportunities: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    doubtful: Counter[tuple[str, str]] = Counter()
    left_out: Counter[tuple[str, str]] = Counter()
    for findings in found:
        have.update(findings.evidence)
        opportunities.update(findings.opportunities)
        excused.update(findings.excused)
        doubtful.update({(doubt.anomaly, doubt.what): doubt.count for doubt in findings.doubts})
        left_out.update({(each.evidence, each.why): each.count for each in findings.left_out})
    return Findings(
        violations=sorted((v for findings in found for v in findings.violations), key=lambda v: v.at_ns),
        opportunities=dict(opportunities),
        excused=dict(excused),
        evidence=dict(have),
        figures=_figures(figure for findings in found for figure in findings.figures),
        doubts=[Doubt(anomaly=anomaly, what=what, count=count) for (anomaly, what), count in doubtful.items()],
        missing=list(dict.fromkeys(reason for findings in found for reason in findings.missing)),
        left_out=[LeftOut(evidence=name, why=why, count=count) for (name, why), count in left_out.items()],
        fault="; ".join(dict.fromkeys(findings.fault for findings in found if findings.fault)),
    )


def _figures(figures: Iterable[Figure]) -> list[Figure]:
    """Figures by name: counts are summed; of times, shares and rates the largest stays, or the smallest if so named."""
    found: dict[str, Figure] = {}
    for figure in figures:
        before = found.get(figure.name)
        if before is None:
            found[figure.name] = figure
        elif figure.unit not in EXTREME_UNITS:
            found[figure.name] = replace(figure, value=before.value + figure.value)
        else:
            choose = min if figure.name.startswith(SMALLEST) else max
            found[figure.name] = replace(figure, value=choose(before.value, figure.value))
    return list(found.values())
