"""Comparison: two groups of runs against each other, cause by cause and guarantee by guarantee.

The unit is a run of one scenario: runs don't depend on each other, and what happens within one does. Runs of one
scenario are compared with runs of the same one only. Two things are asked of each cause and guarantee: in how many runs
it shows at all, and in how many more often than in the middle one. All tests of a comparison together err in one of a
hundred comparisons of equals at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from actorproof.properties.verdict.statistics import (
    Interval,
    Stratum,
    each_below,
    excess,
    interval,
    least_excess,
    runs_to_double,
)

ERROR = 0.01
"""How often equals may be told apart."""

Standing = Literal["new", "worse", "only B", "same", "only A", "better", "gone"]
"""``new`` and ``gone`` are proved; ``only A`` and ``only B`` may be chance."""
ORDER: tuple[Standing, ...] = ("new", "worse", "only B", "gone", "better", "only A", "same")
Kind = Literal["guarantee", "cause"]
Gate = Literal["new-cause", "rate"]
GATES: tuple[Gate, ...] = ("new-cause", "rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one scenario.

    Attributes:
        causes, broken: violations by cause and by guarantee.
        median_s, p99_s: how long answered calls took; `per_s` how many there were a second.
    """

    scenario: str
    causes: Mapping[str, int] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)
    median_s: float = 0.0
    p99_s: float = 0.0
    per_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """In how many runs something showed, and how many violations that were."""

    count: int
    of: int
    violations: int

    @property
    def interval(self) -> Interval:
        """Of 95 %."""
        return interval(self.count, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One cause or guarantee in both groups.

    Attributes:
        chance: how probable so large a difference is between equals.
        runs: of each group that it would take to see the rate double; None for none, or one that can't.
    """

    kind: Kind
    name: str
    a: Rate
    b: Rate
    standing: Standing
    chance: float
    runs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One figure of the calls: the median over the runs of each group, in `unit`."""

    name: str
    unit: str
    a: float
    b: float
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two groups against each other.

    Attributes:
        lines: what differs first.
        scenarios: those that both have; `left_out` those that only one has, which are not compared.
        tellable: whether the runs are enough to prove that what shows in none of A's runs and all of B's is new.
    """

    lines: tuple[Line, ...]
    performance: tuple[Performance, ...]
    scenarios: tuple[str, ...]
    left_out: tuple[str, ...]
    runs: tuple[int, int]
    tellable: bool

    def met(self, gates: AbstractSet[Gate]) -> tuple[Line, ...]:
        """What makes a gate fail."""
        return tuple(line for line in self.lines if _gate(line) in gates and line.standing in {"new", "worse"})

    def open(self, gates: AbstractSet[Gate]) -> tuple[Line, ...]:
        """What only B showed, too seldom for a proof."""
        return tuple(line for line in self.lines if _gate(line) in gates and line.standing == "only B")

    def exit_code(self, gates: AbstractSet[Gate] = frozenset(GATES)) -> int:
        """0 the same or better, 1 a gate fails, 2 too little evidence to tell."""
        return 1 if self.met(gates) else 2 if self.open(gates) or not self.tellable else 0


def _gate(line: Line) -> Gate:
    return "new-cause" if line.kind == "cause" and not line.a.count else "rate"


def compare(a: Sequence[Sample], b: Sequence[Sample]) -> Comparison:
    """Compare two groups of runs."""
    names = {sample.scenario for sample in a} & {sample.scenario for sample in b}
    left_out = {sample.scenario for sample in (*a, *b)} - names
    groups = _Groups([s for s in a if s.scenario in names], [s for s in b if s.scenario in names])
    drafts = [*groups.drafts("guarantee", lambda s: s.broken), *groups.drafts("cause", lambda s: s.causes)]
    below = each_below([test.least for draft in drafts for test in draft.tests], error=ERROR)
    figures = [groups.figure(name, unit, of, falls=falls) for name, unit, of, falls in FIGURES]
    figure_below = ERROR / (2 * len(figures))
    lines = [draft.line(below) for draft in drafts]
    return Comparison(
        lines=tuple(sorted(lines, key=lambda line: (ORDER.index(line.standing), -line.b.count, -line.a.count))),
        performance=tuple(figure.performance(figure_below) for figure in figures) if names else (),
        scenarios=tuple(sorted(names)),
        left_out=tuple(sorted(left_out)),
        runs=(len(groups.a), len(groups.b)),
        tellable=bool(names) and least_excess(groups.whole()) <= ERROR / max(1, len(drafts)),
    )


FIGURES: tuple[tuple[str, str, Callable[[Sample], float], bool], ...] = (
    ("median latency", "ms", lambda sample: sample.median_s * 1000, False),
    ("99 % latency", "ms", lambda sample: sample.p99_s * 1000, False),
    ("throughput", "calls/s", lambda sample: sample.per_s, True),
)
"""Name, unit, value, and whether less of it is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """One question in both directions: more of it in B, or less."""

    strata: tuple[Stratum, ...]

    @property
    def worse(self) -> float:
        return excess(self.strata)

    @property
    def better(self) -> float:
        return excess([stratum.swapped() for stratum in self.strata])

    @property
    def least(self) -> float:
        return least_excess(self.strata)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A line whose standing is open until all tests are known."""

    kind: Kind
    name: str
    a: Rate
    b: Rate
    tests: tuple[_Test, ...]

    def line(self, below: float) -> Line:
        worse, better = min(test.worse for test in self.tests), min(test.better for test in self.tests)
        standing: Standing
        if worse <= below:
            standing = "worse" if self.a.count else "new"
        elif better <= below:
            standing = "better" if self.b.count else "gone"
        else:
            standing = "same" if self.a.count and self.b.count else "only A" if self.a.count else "only B"
        shown = self.a if self.a.count else self.b
        runs = runs_to_double(shown.count / shown.of, error=below)
        return Line(
            kind=self.kind,
            name=self.name,
            a=self.a,
            b=self.b,
            standing=standing,
            chance=min(worse, better),
            runs=runs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    name: str
    unit: str
    a: float
    b: float
    test: _Test
    falls: bool

    def performance(self, below: float) -> Performance:
        more, less = self.test.worse <= below, self.test.better <= below
        worse, better = (less, more) if self.falls else (more, less)
        standing: Standing = "worse" if worse else "better" if better else "same"
        return Performance(name=self.name, unit=self.unit, a=self.a, b=self.b, standing=standing)


class _Groups:
    """Both groups of runs, by scenario."""

    def __init__(self, a: Sequence[Sample], b: Sequence[Sample]) -> None:
        self.a, self.b = a, b
        self._by: dict[str, tuple[list[Sample], list[Sample]]] = defaultdict(lambda: ([], []))
        for place, samples in enumerate((a, b)):
            for sample in samples:
                self._by[sample.scenario][place].append(sample)

    def whole(self) -> tuple[Stratum, ...]:
        """What shows in all runs of B, and none of A."""
        return tuple(Stratum(first=0, first_of=len(a), second=len(b), second_of=len(b)) for a, b in self._by.values())

    def drafts(self, kind: Kind, counts: Callable[[Sample], Mapping[str, int]]) -> Iterable[_Draft]:
        """A draft for each name that has a count in a run."""
        for name in sorted({name for sample in (*self.a, *self.b) for name in counts(sample)}):

            def of(sample: Sample, name: str = name) -> float:
                return counts(sample).get(name, 0)

            yield _Draft(
                kind=kind,
                name=name,
                a=_rate(self.a, of),
                b=_rate(self.b, of),
                tests=(self._test(of, middle=False), self._test(of, middle=True)),
            )

    def figure(self, name: str, unit: str, of: Callable[[Sample], float], *, falls: bool) -> _Figure:
        """One figure of the calls."""
        a, b = (median([of(sample) for sample in group] or [0.0]) for group in (self.a, self.b))
        return _Figure(name=name, unit=unit, a=a, b=b, test=self._test(of, middle=True), falls=falls)

    def _test(self, of: Callable[[Sample], float], *, middle: bool) -> _Test:
        """Whether runs of B are oftener above 0, or above the middle of their scenario."""
        strata = []
        for a, b in self._by.values():
            bar = median(of(sample) for sample in (*a, *b)) if middle else 0
            first, second = (sum(of(sample) > bar for sample in group) for group in (a, b))
            strata.append(Stratum(first=first, first_of=len(a), second=second, second_of=len(b)))
        return _Test(strata=tuple(strata))


def _rate(samples: Sequence[Sample], of: Callable[[Sample], float]) -> Rate:
    counts = [of(sample) for sample in samples]
    return Rate(count=sum(count > 0 for count in counts), of=len(counts), violations=int(sum(counts)))
