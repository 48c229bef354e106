"""Statistics: what a count says of a rate.

Exact binomial intervals, counts that scatter more than chance alone makes them, a sequential test between two rates, an
exact test of two groups against each other, and how many runs it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, comb, exp, lgamma, log, log1p, prod, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
POWER = 0.9
_HALVINGS = 60
NEGLIGIBLE = 1e-17
"""A term of a sum adds nothing when it is so small a part of it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a rate may lie, each end from 0 to 1."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.0%} to {self.high:.0%}"


def at_least(count: int, of: int, rate: float) -> float:
    """How probable `count` or more out of `of` are at a rate: the upper tail of the binomial distribution."""
    if not 0 < count <= of:
        return float(count <= 0)
    if not 0 < rate < 1:
        return float(rate >= 1)
    if count > of * rate:
        return min(1.0, _side(count, of, rate))
    return max(0.0, 1.0 - _side(of - count + 1, of, 1.0 - rate))


def _side(count: int, of: int, rate: float) -> float:
    """The sum of the tail from `count` up, which lies above the mean, as long as its terms still add anything."""
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    term = exp(ways + count * log(rate) + (of - count) * log1p(-rate))
    total, odds = 0.0, rate / (1.0 - rate)
    while count <= of and term > total * NEGLIGIBLE:
        total += term
        term *= (of - count) / (count + 1) * odds
        count += 1
    return total


def interval(count: int, of: int, *, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval (Clopper and Pearson) of a rate that showed `count` times out of `of`.

    ValueError when the count is not from 0 to `of`, or the confidence not between 0 and 1.
    """
    if not 0 <= count <= of or not 0 < confidence < 1:
        raise ValueError(f"{count} of {of} at {confidence}: a count is 0 to all, a confidence between 0 and 1")
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else _rate(lambda rate: at_least(count, of, rate) < tail)
    high = 1.0 if count == of else _rate(lambda rate: 1 - at_least(count + 1, of, rate) > tail)
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Scatter:
    """A count to come: negative binomial with this mean and variance; Poisson where the variance is not above the mean.

    ValueError when the mean is not above 0.
    """

    mean: float
    variance: float

    def __post_init__(self) -> None:
        if self.mean <= 0:
            raise ValueError(f"a mean of {self.mean:g}: choose one above 0")

    def highest(self, chance: float) -> int:
        """The highest count that is not too high: a higher one has at most that chance."""
        left, count = 1.0, -1
        while left > chance:
            count += 1
            left -= self._probability(count)
        return count

    def _probability(self, count: int) -> float:
        excess = self.variance - self.mean
        if excess <= self.mean * 1e-9:
            return exp(count * log(self.mean) - self.mean - lgamma(count + 1))
        size = self.mean**2 / excess
        success = self.mean / self.variance
        ways = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
        return exp(ways + size * log(success) + count * log1p(-success))


def _rate(below: Callable[[float], bool]) -> float:
    """The rate up to which something is so, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """Wald's sequential probability ratio test between two rates: as many trials as it takes, and no more.

    ValueError when `low` is not below `high`, or one of them is not between 0 and 1.

    Attributes:
        low, high: is the rate this low, or that high?
        error: how often at most it says the one where the other is true.
    """

    low: float
    high: float
    error: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < 1 or not 0 < self.error < 0.5:  # noqa: PLR2004 - half is a coin's
            raise ValueError(f"rates {self.low} and {self.high}: choose 0 < low < high < 1, and an error below a half")

    def decided(self, count: int, of: int) -> bool | None:
        """Whether the rate is the high one, by `count` out of `of` trials; None while that is open."""
        said = count * log(self.high / self.low) + (of - count) * (log1p(-self.high) - log1p(-self.low))
        bound = -log(self.error)
        return True if said >= bound else False if said <= -bound else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Two groups of runs of the same kind, and how many of each showed something: `first` of `first_of`, and so on."""

    first: int
    first_of: int
    second: int
    second_of: int

    def swapped(self) -> Stratum:
        """The same with the groups the other way round."""
        return Stratum(first=self.second, first_of=self.second_of, second=self.first, second_of=self.first_of)


def excess(strata: Sequence[Stratum]) -> float:
    """How probable it is that chance alone gives the second groups so many, or more.

    Exact: which of a stratum's runs show it is drawn anew among all of its runs (Fisher's test, over several strata).
    """
    ways = [1.0]
    for each in strata:
        ways = _convolved(ways, _drawn(each))
    seen = sum(each.second for each in strata)
    return min(1.0, sum(ways[seen:]))


def least_excess(strata: Sequence[Stratum]) -> float:
    """The smallest value that `excess` can have with as many runs that show it: all of them in the second groups."""
    return prod(_drawn(each)[min(each.first + each.second, each.second_of)] for each in strata)


def _drawn(stratum: Stratum) -> list[float]:
    """How probable each number of the second group's runs is among those that show it (hypergeometric)."""
    showing = stratum.first + stratum.second
    all_ = comb(stratum.first_of + stratum.second_of, showing)
    return [
        comb(stratum.second_of, count) * comb(stratum.first_of, showing - count) / all_ if count <= showing else 0.0
        for count in range(stratum.second_of + 1)
    ]


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    found = [0.0] * (len(one) + len(other) - 1)
    for at, share in enumerate(one):
        if share:
            for beside, more in enumerate(other):
                found[at + beside] += share * more
    return found


def each_below(least: Sequence[float], *, error: float) -> float:
    """Below what each of several tests has to be, so that all together err no oftener than `error`.

    `least` is the smallest value that each can have: those that could never be below the bound are not counted
    (Tarone's form of Bonferroni's correction).
    """
    counted = 1
    while sum(each <= error / counted for each in least) > counted:
        counted += 1
    return error / counted


def runs_to_tell(low: float, high: float, *, power: float = POWER, error: float = 0.01) -> int:
    """How many runs of each of two groups tell a rate from a higher one by an exact test, with a power.

    The error is one-sided. The number is that of Casagrande, Pike and Smith, some per cent too large rather than too
    small. ValueError when `low` is not below `high`, or one of them is not between 0 and 1.
    """
    if not 0 < low < high <= 1 or not 0 < error < power < 1:
        raise ValueError(f"rates {low} and {high}: choose 0 < low < high <= 1, and an error below the power")
    apart, middle = high - low, (low + high) / 2
    normal = NormalDist()
    spread = normal.inv_cdf(1 - error) * sqrt(2 * middle * (1 - middle))
    spread += normal.inv_cdf(power) * sqrt(low * (1 - low) + high * (1 - high))
    rough = (spread / apart) ** 2
    return ceil(rough / 4 * (1 + sqrt(1 + 4 / (rough * apart))) ** 2)


def runs_to_double(rate: float, *, power: float = POWER, error: float = 0.01) -> int | None:
    """How many runs show that a rate has doubled; None for a rate that can't double."""
    return runs_to_tell(rate, 2 * rate, power=power, error=error) if 0 < rate <= 0.5 else None  # noqa: PLR2004 - a half
