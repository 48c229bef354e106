"""Findings: what a checker found in one history, before anybody decides what it amounts to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from actorproof.harness.history.events import UnderWay
from actorproof.plural import some

SCHEDULERS = "schedulers"
"""What evidence may need that not every version has."""


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
        events: the few events that show it; kept in time order, whatever order they are given in.
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

    def __post_init__(self) -> None:
        in_time = sorted(self.events, key=lambda event: (event.t_ns, event.process, event.seq))
        object.__setattr__(self, "events", tuple(in_time))


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What may have been a violation of a class, and the history can't tell; `count` times.

    `what` begins with its noun, in the singular: ``turn that began while another had no end in the log``.
    """

    anomaly: str
    what: str
    count: int = 1

    def __str__(self) -> str:
        noun, blank, rest = self.what.partition(" ")
        return f"{some(self.count, noun)}{blank}{rest} (if so: {self.anomaly})"


STOOD_STILL = "the machine stood still meanwhile"
"""Why most of what is left out can't be judged: see `views.stall`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What there was of a kind of evidence and can't count, `count` times, and `why`."""

    evidence: str
    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured number that is reported, not judged."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a checker found of one guarantee in one history.

    Attributes:
        violations: every one.
        opportunities: per class, how many times the class could have occurred (for a deviation's rate), at least
            the number of its violations.
        excused: how often each named clause of the catalogue applied.
        evidence: how much of each stimulus there was, by its name in the catalogue.
        figures: numbers to report.
        doubts: what may have been a violation; any makes the guarantee unknown.
        missing: why else it is unknown, one plain sentence each.
        left_out: what there was of some evidence and can't count; told where it is lacking.
        fault: the traceback's last line when the checker itself failed.
    """

    violations: Sequence[Violation] = ()
    opportunities: Mapping[str, int] = field(default_factory=dict)
    excused: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)
    figures: Sequence[Figure] = ()
    doubts: Sequence[Doubt] = ()
    missing: Sequence[str] = ()
    left_out: Sequence[LeftOut] = ()
    fault: str = ""

    def stalled(self, evidence: str) -> int:
        """How much of some evidence can't count since the machine stood still."""
        return sum(each.count for each in self.left_out if each.evidence == evidence and each.why == STOOD_STILL)


class Damage(StrEnum):
    """What a violation costs whoever relies on the promise, if it is more than the promise; the worst first.

    The one rule for the order of causes: each is told by the worst that any of its violations did. First those that
    leave wrong state, then those that leave actors silent, then all others (two turns at the same time, late, early,
    out of order), each by how often it came. Which class of violation does what stands in `catalogue.toml`.
    """

    STATE = "state"
    """What was acknowledged is lost or overwritten, or an answer comes from state that never was."""
    SILENCE = "silence"
    """An actor answers nobody, or what is due never comes."""


def worst(damages: Iterable[Damage | None]) -> Damage | None:
    """The worst of them; None where there is none."""
    found = set(damages)
    return next((each for each in Damage if each in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the catalogue says of one guarantee, for one profile; passed to its checker.

    Attributes:
        thresholds: evidence needed, by the evidence's name.
        limits: durations and other numbers that the check uses, by name; durations end in ``_s``.
        classes, clauses: the names that the checker may use.
        words: what readers are told of a kind of evidence, by its name, where the name alone says too little.
        under_way: what matters to it when faults strike; words of `history.under_way`.
        damage: what a violation of a class costs, by the class; those that are not there cost no more than the promise.
        needs: what evidence can be had only where a run has it, by the evidence's name.
    """

    guarantee: str
    title: str
    promise: str
    source: str
    thresholds: Mapping[str, int]
    limits: Mapping[str, float]
    classes: tuple[str, ...]
    clauses: tuple[str, ...]
    under_way: tuple[UnderWay, ...] = ()
    damage: Mapping[str, Damage] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)

    def without(self, absent: Collection[str]) -> Terms:
        """The same, with no evidence asked for that needs something absent: what is not there can't be lost."""
        left = {name: count for name, count in self.thresholds.items() if self.needs.get(name) not in absent}
        return replace(self, thresholds=left)

    def said(self, evidence: str) -> str:
        """What readers are told that a kind of evidence is."""
        return self.words.get(evidence, evidence.replace("_", " "))

    @property
    def figure(self) -> bool:
        """Whether there is nothing to judge: no class and no threshold."""
        return not self.classes and not self.thresholds

    def check(self, findings: Findings) -> None:
        """ValueError when findings name what the catalogue has not: a class, clause or evidence; or lack a count."""
        named = [each.anomaly for each in findings.violations] + [each.anomaly for each in findings.doubts]
        for anomaly in named:
            if anomaly not in self.classes:
                raise ValueError(f"{self.guarantee}: class {anomaly!r} is not in the catalogue")
        for clause in findings.excused:
            if clause not in self.clauses:
                raise ValueError(f"{self.guarantee}: clause {clause!r} is not in the catalogue")
        for each in findings.left_out:
            if each.evidence not in self.thresholds:
                raise ValueError(f"{self.guarantee}: evidence {each.evidence!r} is not in the catalogue")
        for name in self.thresholds:
            if name not in findings.evidence:
                raise ValueError(f"{self.guarantee}: evidence {name!r} was not counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a search may use before it must answer `unknown`. Without `now`, a clock in s, time is not watched."""

    time_s: float = 10.0
    memory_mb: int = 500
    now: Callable[[], float] | None = None
