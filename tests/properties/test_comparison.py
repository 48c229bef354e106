"""Two groups of runs: what differs is told, chance is not, and equals are taken for equals."""

from __future__ import annotations

import random

import pytest

from actorproof.properties.verdict.comparison import Comparison, Sample, Standing, compare
from actorproof.properties.verdict.statistics import interval, runs_to_double


def runs(*counts: int, of: str = "churn", cause: str = "c", per_s: float = 50.0) -> list[Sample]:
    return [
        Sample(scenario=of, causes={cause: count} if count else {}, per_s=per_s + at / 10)
        for at, count in enumerate(counts)
    ]


def standing(comparison: Comparison, name: str = "c") -> Standing:
    return next(line.standing for line in comparison.lines if line.name == name)


def test_a_new_cause_fails_the_gate() -> None:
    found = compare(runs(*[0] * 8), runs(*[1] * 8))
    assert standing(found) == "new"
    assert found.exit_code() == 1
    assert found.exit_code(frozenset({"rate"})) == 0


def test_a_cause_that_only_one_run_of_b_shows_is_too_little_to_tell() -> None:
    found = compare(runs(*[0] * 8), runs(1, *[0] * 7))
    assert standing(found) == "only B"
    assert (found.exit_code(), found.runs) == (2, (8, 8))


def test_what_is_gone_is_the_same_or_better() -> None:
    found = compare(runs(*[1] * 8), runs(*[0] * 8))
    assert standing(found) == "gone"
    assert found.exit_code() == 0


def test_a_cause_that_shows_oftener_fails_the_gate_of_rates() -> None:
    found = compare(runs(1, *[0] * 19), runs(*[1] * 16, *[0] * 4))
    assert standing(found) == "worse"
    assert found.exit_code(frozenset({"rate"})) == 1
    assert found.exit_code(frozenset({"new-cause"})) == 0


def test_a_line_says_how_probable_it_is_between_equals_and_in_how_many_runs_it_came() -> None:
    (line,) = compare(runs(*[0] * 8), runs(*[3] * 8)).lines
    assert line.chance == pytest.approx(1 / 12870)  # one way of 16 over 8
    assert (line.a.count, line.a.of, line.b.count, line.b.of, line.b.violations) == (0, 8, 8, 8, 24)
    assert line.b.interval == interval(8, 8)
    assert line.runs is None  # what comes in each run can't double


def test_what_differs_stands_first() -> None:
    a = [*runs(1, 1, 1, 1, 1, 1, 1, 1, cause="gone"), *runs(1, *[0] * 7, cause="only A"), *runs(*[1] * 8, cause="same")]
    b = [*runs(*[1] * 8, cause="new"), *runs(1, *[0] * 7, cause="only B"), *runs(*[1] * 8, cause="same")]

    def merged(samples: list[Sample]) -> list[Sample]:
        whole = [samples[at::8] for at in range(8)]
        return [
            Sample(scenario="churn", causes={k: v for one in each for k, v in one.causes.items()}) for each in whole
        ]

    found = compare(merged(a), merged(b))
    assert [(line.name, line.standing) for line in found.lines] == [
        (name, name) for name in ("new", "only B", "gone", "only A", "same")
    ]


def test_a_cause_of_every_run_that_breaks_much_more_is_worse() -> None:
    found = compare(runs(*range(1, 11)), runs(*range(101, 111)))
    assert standing(found) == "worse"


def test_a_cause_that_most_runs_of_both_show_is_worse_where_each_of_b_does() -> None:
    assert standing(compare(runs(*[1] * 6, *[0] * 14), runs(*[1] * 20))) == "worse"


@pytest.mark.parametrize(("a", "b", "rate"), [((2, 8), (4, 8), 0.25), ((0, 8), (4, 8), 0.5), ((2, 8), (0, 8), 0.25)])
def test_how_many_runs_would_tell_is_of_the_rate_of_a_and_of_b_where_a_never_has_it(
    a: tuple[int, int], b: tuple[int, int], rate: float
) -> None:
    (line,) = compare(*(runs(*[1] * count, *[0] * (of - count)) for count, of in (a, b))).lines
    below = {low: runs_to_double(low, error=0.01 / 2) for low in (0.25, 0.5)}
    others = [low for low in below if low != rate]
    assert line.runs is not None
    assert all(abs(line.runs - (below[rate] or 0)) < abs(line.runs - (below[low] or 0)) for low in others)


def test_one_run_each_tells_nothing() -> None:
    assert compare(runs(0), runs(0)).exit_code() == 2
    assert compare(runs(0), runs(5)).exit_code() == 2


def test_scenarios_that_only_one_has_are_left_out() -> None:
    found = compare(runs(*[0] * 8), [*runs(*[0] * 8), *runs(*[1] * 8, of="timers")])
    assert found.left_out == ("timers",)
    assert not found.lines
    assert found.exit_code() == 0
    nothing = compare(runs(0), runs(1, of="timers"))
    assert nothing.scenarios == ()
    assert nothing.exit_code() == 2


def test_slower_calls_are_told() -> None:
    found = compare(runs(*[0] * 8, per_s=100), runs(*[0] * 8, per_s=50))
    assert [(each.name, each.standing) for each in found.performance] == [
        ("median latency", "same"),
        ("99 % latency", "same"),
        ("throughput", "worse"),
    ]
    assert compare(runs(*[0] * 8, per_s=50), runs(*[0] * 8, per_s=100)).performance[2].standing == "better"


def test_equals_are_told_apart_in_at_most_one_of_a_hundred_comparisons() -> None:
    rng = random.Random(6)
    red = 0
    for _ in range(1000):
        rates = {f"c{number}": rng.random() ** 2 for number in range(12)}

        def drawn(rates: dict[str, float] = rates) -> list[Sample]:
            return [
                Sample(
                    scenario=rng.choice(("churn", "timers")),
                    # Violations come in clusters.
                    causes={name: rng.choice((1, 2, 30)) for name, rate in rates.items() if rng.random() < rate},
                )
                for _ in range(12)
            ]

        red += compare(drawn(), drawn()).exit_code() == 1
    assert red <= 10
