"""Verdict: what a checker decided, with its evidence; and the lattice that joins verdicts.

``violated > error > unknown > holds``: an aggregate is its worst member, so nothing masks a violation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Outcome(IntEnum):
    """The lattice; a larger member is worse."""

    HOLDS = 0
    UNKNOWN = 1
    ERROR = 2
    VIOLATED = 3

    @property
    def word(self) -> str:
        """The outcome as reports and JSON spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRef:
    """Names one event of the history: its process and that process's running number. `label` is for the drawing."""

    process: str
    seq: int
    t_ns: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A bar of a violation's timeline drawing: `lane` is who (a process, a client, a fault)."""

    lane: str
    label: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One breach of one promise.

    Attributes:
        anomaly: the class it belongs to, one of the catalogue's for the guarantee.
        actor: the actor, ``Type/id``.
        summary: one plain sentence with the numbers that matter.
        events: the few events that show it, in time order.
        spans: what to draw.
        trigger: the fault (verb and target kind, such as ``pause host``) in whose wake it happened, or ``none``.
        at_ns: when it happened.
    """

    anomaly: str
    actor: str
    summary: str
    events: tuple[EventRef, ...]
    spans: tuple[Span, ...] = ()
    trigger: str = "none"
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What may have been a violation of a class, and the history can't tell; `count` times, in the words of `what`."""

    anomaly: str
    what: str
    count: int = 1

    def __str__(self) -> str:
        return f"{self.count} {self.what} (if so: {self.anomaly})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How much of one kind of stimulus the history holds, and how much is needed for `holds`."""

    name: str
    have: int
    need: int

    @property
    def enough(self) -> bool:
        return self.have >= self.need


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured number that is reported, not judged."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a checker says of one guarantee over one history.

    Attributes:
        guarantee: its id in the catalogue.
        outcome: see `decide`.
        violations: every one, in time order.
        opportunities: per class, how many times the class could have occurred (for a deviation's rate), at least
            the number of its violations.
        excused: how often each named clause of the catalogue applied.
        evidence: the stimuli with their thresholds.
        figures: numbers to report.
        doubts: what may have been a violation; any makes it unknown.
        missing: why else it is unknown, one plain sentence each.
        fault: the traceback's last line when the checker itself failed.
    """

    guarantee: str
    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    opportunities: Mapping[str, int] = field(default_factory=dict)
    excused: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    figures: tuple[Figure, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[str, ...] = ()
    fault: str = ""

    @property
    def classes(self) -> Mapping[str, int]:
        """Violations per class."""
        return Counter(v.anomaly for v in self.violations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the catalogue says of one guarantee, for one profile; passed to its checker.

    Attributes:
        thresholds: evidence needed, by the evidence's name.
        limits: durations and other numbers that the check uses, by name; durations end in ``_s``.
        classes, clauses: the names that the checker may use.
    """

    guarantee: str
    title: str
    promise: str
    source: str
    thresholds: Mapping[str, int]
    limits: Mapping[str, float]
    classes: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a search may use before it must answer `unknown`. Without `now`, a clock in s, time is not watched."""

    time_s: float = 10.0
    memory_mb: int = 500
    now: Callable[[], float] | None = None


def evidence_of(terms: Terms, have: Mapping[str, int]) -> tuple[Evidence, ...]:
    """Hold what a history has against every threshold of the catalogue; KeyError when a count is not supplied."""
    return tuple(Evidence(name=name, have=have[name], need=need) for name, need in terms.thresholds.items())


def decide(
    terms: Terms,
    *,
    violations: Iterable[Violation],
    evidence: Iterable[Evidence],
    opportunities: Mapping[str, int] | None = None,
    excused: Mapping[str, int] | None = None,
    figures: Iterable[Figure] = (),
    doubts: Iterable[Doubt] = (),
    missing: Iterable[str] = (),
) -> Verdict:
    """Make a verdict: violated if there is a violation, unknown if anything is doubtful or missing, else holds.

    `missing` are reasons of the checker's own; evidence below its threshold adds its own reason.
    ValueError when the class of a violation or a doubt, or an excuse, is not in the catalogue.
    """
    found = tuple(sorted(violations, key=lambda v: v.at_ns))
    doubtful = tuple(doubts)
    proof = tuple(evidence)
    reasons = [*missing]
    reasons += [f"{e.name}: {e.have} seen, {e.need} needed" for e in proof if not e.enough]
    for anomaly in [*(violation.anomaly for violation in found), *(doubt.anomaly for doubt in doubtful)]:
        if anomaly not in terms.classes:
            raise ValueError(f"{terms.guarantee}: class {anomaly!r} is not in the catalogue")
    for clause in excused or {}:
        if clause not in terms.clauses:
            raise ValueError(f"{terms.guarantee}: clause {clause!r} is not in the catalogue")
    outcome = Outcome.VIOLATED if found else Outcome.UNKNOWN if reasons or doubtful else Outcome.HOLDS
    return Verdict(
        guarantee=terms.guarantee,
        outcome=outcome,
        violations=found,
        opportunities=dict(opportunities or {}),
        excused=dict(excused or {}),
        evidence=proof,
        figures=tuple(figures),
        doubts=doubtful,
        missing=tuple(reasons),
    )


def join(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of several outcomes; `unknown` for none at all, since nothing was tested."""
    return max(outcomes, default=Outcome.UNKNOWN)
