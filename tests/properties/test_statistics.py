"""Intervals hold the rate as often as they say, tests err no oftener than they say, and so many runs do tell."""

from __future__ import annotations

import random

import pytest

from actorproof.properties.verdict.statistics import (
    Scatter,
    SequentialTest,
    Stratum,
    at_least,
    each_below,
    excess,
    interval,
    least_excess,
    runs_to_double,
    runs_to_tell,
)


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


@pytest.mark.parametrize(("count", "of", "confidence"), [(-1, 3, 0.95), (4, 3, 0.95), (1, 3, 0.0), (1, 3, 1.0)])
def test_a_count_or_confidence_that_can_not_be(count: int, of: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="a count is 0 to all, a confidence between 0 and 1"):
        interval(count, of, confidence=confidence)


@pytest.mark.parametrize(
    ("count", "rate", "chance"),
    [(5, 1.0, 1.0), (6, 1.0, 0.0), (1, 0.0, 0.0), (0, 0.0, 1.0), (6, 0.5, 0.0), (5, 0.5, 1 / 32)],
)
def test_the_chance_of_so_many_of_five_or_more(count: int, rate: float, chance: float) -> None:
    assert at_least(count, 5, rate) == pytest.approx(chance)


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


def shown(rng: random.Random, of: int, rate: float) -> int:
    return sum(rng.random() < rate for _ in range(of))


def test_an_interval_holds_a_drawn_rate_at_least_as_often_as_it_says() -> None:
    rng = random.Random(2)
    held = 0
    for _ in range(2000):
        rate, of = rng.random(), rng.randint(1, 40)
        held += interval(count := shown(rng, of, rate), of).low <= rate <= interval(count, of).high
    assert held / 2000 >= 0.95


def test_two_groups_are_compared_as_fisher_does() -> None:
    # The lady who tasted tea: 3 of 4 against 1 of 4, and 4 of 4 against none.
    assert excess([Stratum(first=1, first_of=4, second=3, second_of=4)]) == pytest.approx(17 / 70)
    assert excess([Stratum(first=0, first_of=4, second=4, second_of=4)]) == pytest.approx(1 / 70)


def test_strata_are_not_mixed() -> None:
    # Each kind of run has the same rate in both groups; only how many there are of each kind differs.
    strata = [
        Stratum(first=9, first_of=10, second=90, second_of=100),
        Stratum(first=10, first_of=100, second=1, second_of=10),
    ]
    assert excess(strata) > 0.4
    mixed = Stratum(first=19, first_of=110, second=91, second_of=110)
    assert excess([mixed]) < 1e-6


def test_equals_are_told_apart_no_oftener_than_the_error() -> None:
    rng = random.Random(3)
    wrong = 0
    for _ in range(2000):
        rates = (rng.random(), rng.random())
        strata = [
            Stratum(first=shown(rng, 8, rate), first_of=8, second=shown(rng, 12, rate), second_of=12) for rate in rates
        ]
        wrong += excess(strata) <= 0.05
    assert wrong / 2000 <= 0.05


def test_no_excess_is_less_than_the_least() -> None:
    rng = random.Random(4)
    for _ in range(200):
        strata = [Stratum(first=rng.randint(0, 5), first_of=5, second=rng.randint(0, 3), second_of=3) for _ in range(3)]
        assert least_excess(strata) <= excess(strata) * (1 + 1e-9)


def test_tests_that_can_not_tell_cost_the_others_nothing() -> None:
    assert each_below([0.5] * 50 + [0.001], error=0.01) == 0.01
    assert each_below([0.0001] * 4, error=0.01) == 0.0025
    assert each_below([], error=0.01) == 0.01


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_so_many_runs_see_a_rate_double_nine_times_of_ten(rate: float) -> None:
    runs = runs_to_double(rate)
    assert runs is not None
    rng = random.Random(5)
    seen = {
        of: sum(
            excess([Stratum(first=shown(rng, of, rate), first_of=of, second=shown(rng, of, 2 * rate), second_of=of)])
            <= 0.01
            for _ in range(200)
        )
        for of in (runs, runs // 2)
    }
    assert seen[runs] >= 0.85 * 200  # 200 trials of 0.9, less three deviations
    assert seen[runs // 2] < 0.85 * 200


@pytest.mark.parametrize(
    ("low", "high", "power", "error", "runs"),
    [(0.1, 0.3, 0.9, 0.01, 112), (0.1, 0.3, 0.8, 0.05, 58), (0.3, 0.9, 0.9, 0.01, 19), (0.5, 0.6, 0.8, 0.05, 325)],
)
def test_so_many_runs_tell_two_rates(low: float, high: float, power: float, error: float, runs: int) -> None:
    """As Casagrande, Pike and Smith have it, in the form of Fleiss: twice over the normal approximation's number."""
    assert runs_to_tell(low, high, power=power, error=error) == runs
    assert runs_to_double(0.3) == runs_to_tell(0.3, 0.6)


@pytest.mark.parametrize(("mean", "variance", "chance"), [(10.0, 40.0, 0.001), (2.5, 10.0, 0.01), (60.0, 90.0, 0.0002)])
def test_a_higher_count_has_at_most_the_chance(mean: float, variance: float, chance: float) -> None:
    """Summed up from nothing, each probability from the one before it."""
    size, success = mean**2 / (variance - mean), mean / variance
    probability, left, count = success**size, 1.0, 0
    while (left := left - probability) > chance:
        probability *= (count + size) / (count + 1) * (1 - success)
        count += 1
    assert Scatter(mean, variance).highest(chance) == count


def test_a_rate_above_a_half_can_not_double() -> None:
    assert runs_to_double(0.6) is None
    assert runs_to_double(0) is None


@pytest.mark.parametrize(
    ("low", "high", "power", "error"),
    [
        *((low, high, 0.9, 0.01) for low, high in ((0.5, 0.5), (0.0, 0.5), (0.5, 1.1))),
        *((0.1, 0.5, power, error) for power, error in ((0.9, 0.0), (0.9, 0.9), (1.0, 0.01))),
    ],
)
def test_rates_between_which_no_number_of_runs_tells(low: float, high: float, power: float, error: float) -> None:
    with pytest.raises(ValueError, match="0 < low < high <= 1, and an error below the power"):
        runs_to_tell(low, high, power=power, error=error)


@pytest.mark.parametrize("count", [0, 1, 150, 300, 301, 450, 100_000, 100_001])
def test_both_tails_of_many_trials_add_up_to_all(count: int) -> None:
    """What is at least `count` hits is at most the rest of misses: the two sides are summed apart."""
    missed = at_least(100_000 - count + 1, 100_000, 1 - 0.003)
    assert at_least(count, 100_000, 0.003) == pytest.approx(1 - missed, abs=1e-9)
