"""Intervals hold the rate as often as they say, and the sequential test errs no oftener than it says."""

from __future__ import annotations

import random

import pytest

from actorproof.properties.verdict.statistics import SequentialTest, at_least, interval


def test_intervals_are_those_of_clopper_and_pearson() -> None:
    # Tabulated values.
    for count, of, low, high in (
        (9, 10, 0.5550, 0.9975),
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (1, 5, 0.005, 0.7164),
    ):
        found = interval(count, of)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_nothing_tried_says_nothing() -> None:
    assert (interval(0, 0).low, interval(0, 0).high) == (0.0, 1.0)


def test_more_confidence_is_wider() -> None:
    narrow, wide = interval(3, 10), interval(3, 10, confidence=0.99)
    assert wide.low < narrow.low < 0.3 < narrow.high < wide.high


def test_an_interval_holds_the_rate_at_least_as_often_as_it_says() -> None:
    for rate in (0.03, 0.3, 0.5, 0.9):
        held = sum(
            at_least(count, 20, rate) - at_least(count + 1, 20, rate)
            for count in range(21)
            if interval(count, 20).low <= rate <= interval(count, 20).high
        )
        assert held >= 0.95


@pytest.mark.parametrize("given", [(-1, 3), (4, 3)])
def test_a_count_that_can_not_be(given: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a count is 0 to all"):
        interval(*given)


def test_the_sequential_test_errs_as_seldom_as_it_says() -> None:
    test = SequentialTest(low=0.3, high=0.9, error=0.1)
    rng = random.Random(1)
    for rate, truth in ((0.3, False), (0.9, True)):
        wrong = 0
        for _ in range(2000):
            count = of = 0
            while (said := test.decided(count, of)) is None:
                count += rng.random() < rate
                of += 1
            wrong += said is not truth
        assert wrong / 2000 <= 0.1


def test_one_lucky_run_decides_nothing() -> None:
    test = SequentialTest(low=0.3, high=0.9)
    assert test.decided(1, 1) is None
    assert test.decided(3, 3) is True
    assert test.decided(0, 2) is False


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (0.0, 0.5), (0.5, 1.0)])
def test_rates_that_can_not_be_told_apart(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="0 < low < high < 1"):
        SequentialTest(low=low, high=high)
