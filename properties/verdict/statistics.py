"""Statistics: what a count says of a rate. Exact binomial intervals, and a sequential test between two rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a rate may lie, each end from 0 to 1."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.0%} to {self.high:.0%}"


def at_least(count: int, of: int, rate: float) -> float:
    """How probable `count` or more out of `of` are at a rate: the upper tail of the binomial distribution."""
    if count <= 0 or rate >= 1:
        return 1.0
    if count > of or rate <= 0:
        return 0.0
    log_odds = (log(rate), log1p(-rate))
    tail = (
        exp(lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log_odds[0] + (of - k) * log_odds[1])
        for k in range(count, of + 1)
    )
    return min(1.0, sum(tail))


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
