"""What recorded runs let expect: no more than chance makes a run red, and twice as many does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import cast

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict import baseline
from actorproof.properties.verdict.baseline import CHANCE, Exposure, Rate, Recorded, Seen
from actorproof.properties.verdict.statistics import Scatter, interval
from tests.properties.builder import History

USUAL = "3 hosts"


def where(scenario: str = "s", setting: str = USUAL) -> Exposure:
    return Exposure(scenario=scenario, setting=setting, opportunities={"turn": 1000})


def rate(*events: int, scenario: str = "s") -> tuple[Seen, ...]:
    return tuple(Seen(f"r{at:02}", scenario, USUAL, 1000, each) for at, each in enumerate(events))


def highest(known: Rate, *at: Exposure) -> int:
    return known.expected([(each, 1000) for each in at]).highest(CHANCE)


def drawn(rng: random.Random, mean: float, *, scatter: float) -> int:
    """A count whose rate differs from run to run: gamma mixed Poisson."""
    left, count = rng.gammavariate(mean / scatter, scatter), -1
    while left >= 0:
        left -= rng.expovariate(1.0)
        count += 1
    return count


@pytest.mark.parametrize(("mean", "scatter"), [(0.2, 1.0), (3.0, 1.0), (15.0, 2.0), (60.0, 3.0), (150.0, 5.0)])
def test_a_run_like_the_recorded_ones_is_not_red(mean: float, scatter: float) -> None:
    rng = random.Random(f"{mean}")
    trials, red = 400, 0
    for _ in range(trials):
        known = Rate(rate(*(drawn(rng, mean, scatter=scatter) for _ in range(6))))
        red += known.events > 0 and drawn(rng, mean, scatter=scatter) > highest(known, where())
    assert red <= trials // 100


@pytest.mark.parametrize("events", [(57, 63, 58, 61, 49, 70), (154, 183, 158, 160, 149, 130)])
def test_twice_as_many_is_red(events: tuple[int, ...]) -> None:
    assert highest(Rate(rate(*events)), where()) < 2 * sum(events) / len(events)


def test_a_scenario_has_a_rate_of_its_own() -> None:
    known = Rate((*rate(0, 0, 0, 0, scenario="calm"), *rate(40, 44, 37, 41, scenario="wild")))
    assert highest(known, where("calm")) < 10
    assert 40 < highest(known, where("wild")) < 80


def test_runs_that_differ_make_more_acceptable() -> None:
    assert highest(Rate(rate(20, 21, 19, 20)), where()) < highest(Rate(rate(2, 44, 6, 28)), where())


@pytest.mark.parametrize(
    ("seen", "often"),
    [
        ((rate(0, 3, 1), rate(1, 1, scenario="t")), ("t", 2, 2)),
        ((rate(1, 1, scenario="t"), rate(2, 3, 1)), ("s", 3, 3)),
        ((rate(9, *[0] * 9, 1),), ("s", 1, 10)),  # only the newest ten count
        ((rate(5, 0), (Seen("r99", "s", USUAL, 0, 0),)), ("s", 1, 2)),  # it could not come in that run
        ((rate(0, 0),), None),
    ],
)
def test_where_it_comes_most_surely_is_told_by_the_newest_ten_runs(
    seen: tuple[tuple[Seen, ...], ...], often: tuple[str, int, int] | None
) -> None:
    found = Rate(tuple(each for of in seen for each in of)).often
    assert (found and (found.scenario, found.came, found.runs)) == often


def test_whole_runs_that_have_much_or_little_of_everything_make_more_acceptable() -> None:
    """The same counts by scenario, where the runs' totals are alike, and where one run has all of the high ones."""
    mixed = Rate((*rate(10, 30, 10, 30, scenario="a"), *rate(30, 10, 30, 10, scenario="b")))
    together = Rate((*rate(10, 30, 10, 30, scenario="a"), *rate(10, 30, 10, 30, scenario="b")))
    both = (where("a"), where("b"))
    assert highest(together, *both) > highest(mixed, *both) + 10


TOGETHER = Rate((*rate(10, 30, 10, 30, scenario="a"), *rate(10, 30, 10, 30, scenario="b")))
APART = Rate((*rate(10, 30, 10, 30, scenario="a"), *rate(30, 10, 30, 10, scenario="b")))
NONE_IN_ONE = Rate((*rate(0, 0, 0, 0, scenario="calm"), *rate(40, 44, 37, 41, scenario="wild")))


@pytest.mark.parametrize(
    ("known", "dispersion", "between"),
    [
        # Two scenarios of four runs, each 10 from a mean of 20; a guess of 3 with the weight of two runs.
        (TOGETHER, (3 * 2 + 2 * 4 * 100 / 20) / (2 + 2 * 3), (4 * (400 * 4 / 3 - 5.75 * 40) + 0.04 * 3200) / 9600),
        (APART, 5.75, 0.0),
        (NONE_IN_ONE, (3 * 2 + (0.25 + 12.25 + 12.25 + 0.25) / 40.5) / (2 + 3), 0.0),
        (Rate(rate(2, 44, 6, 28)), (3 * 2 + (18**2 + 24**2 + 14**2 + 8**2) / 20) / (2 + 3), 0.0),
        (Rate(rate(10, 30)), (3 * 2 + (10**2 + 10**2) / 20) / (2 + 1), 0.0),
        (Rate(rate(3)), 3.0, 0.0),
        (Rate(()), 3.0, 0.0),
    ],
)
def test_scatter_is_that_of_the_runs_drawn_towards_a_guess(known: Rate, dispersion: float, between: float) -> None:
    assert (known.dispersion, known.between) == pytest.approx((dispersion, between))


@pytest.mark.parametrize(
    ("known", "scenarios", "mean", "variance"),
    [
        (TOGETHER, "a", 20.71875, 208.8941),
        (TOGETHER, "ab", 2 * 20.71875, 537.7444),  # whole runs scatter together
        (APART, "ab", 2 * 20.71875, 297.8320),
        (TOGETHER, "z", 20.0, 570.8889),  # never recorded: the highest rate
        (Rate(rate(3)), "s", 4.5, 27.0),
        (Rate(()), "s", 1e-9, 0.0),  # it never came
    ],
)
def test_what_is_expected_is_as_sure_as_the_runs_make_it(
    known: Rate, scenarios: str, mean: float, variance: float
) -> None:
    found = known.expected([(where(name), 1000) for name in scenarios])
    assert (found.mean, found.variance) == pytest.approx((mean, variance), rel=1e-5)


def test_a_scenario_where_it_never_came_has_half_an_event_of_the_rate_of_all() -> None:
    found = NONE_IN_ONE.expected([(where("calm"), 1000)])
    mean = 1000 * 0.5 / (0.5 / (162 / 8000) + 4000 / NONE_IN_ONE.dispersion)
    assert found.mean == pytest.approx(mean)


def test_a_rate_is_of_the_runs_that_had_opportunities() -> None:
    known = Rate((Seen("r", "s", USUAL, 0, 0), *rate(2, 4)))
    assert (known.runs, known.events, known.opportunities) == (2, 6, 2000)
    assert Rate(rate(2)).interval == interval(1, 333)  # both over the dispersion, 3


@pytest.mark.parametrize("other", [where("never recorded"), where(setting="5 hosts")])
def test_what_was_never_recorded_is_held_against_the_highest_rate(other: Exposure) -> None:
    known = Rate((*rate(1, 2, scenario="calm"), *rate(40, 44, 37, 41)))
    assert highest(known, other) > highest(known, where())


def test_more_opportunities_let_more_be_expected() -> None:
    known = Rate(rate(5, 6, 7))
    short, long = (known.expected([(where(), of)]).mean for of in (1000, 10_000))
    assert long == pytest.approx(10 * short)


def test_a_count_that_scatters_by_chance_alone_has_the_quantiles_of_poisson() -> None:
    assert Scatter(1.0, 1.0).highest(0.01) == 4
    assert Scatter(10.0, 10.0).highest(0.001) == 21
    assert Scatter(10.0, 40.0).highest(0.001) > 30
    with pytest.raises(ValueError, match="above 0"):
        Scatter(0.0, 1.0)


RECORDED = Recorded(
    run="r", driver="process", exposure=where(), incidents={"m": 2}, violations={"m": {"turns": 3}}, doubts={}
)
LINE = baseline.line(RECORDED)


def test_a_line_is_read_as_it_was_written() -> None:
    assert baseline.parse(LINE + "\n\n") == (RECORDED,)


@pytest.mark.parametrize("text", ["{", "[]", '{"run": "r"}', LINE.replace('"m": 2', '"m": -1')])
def test_a_line_that_is_wrong_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="baseline, line 1"):
        baseline.parse(text)


@pytest.mark.parametrize(
    ("first_s", "last_s", "deleted_s", "slow"),
    [
        (0.3, 0.3, 8.0, 1),
        (0.3, 0.04, 8.0, 0),  # only the last use counts
        (0.3, 2.4, 8.0, 0),  # longer than the idle time-out: it was cancelled
        (0.3, 0.3, None, 0),  # never deactivated
    ],
)
def test_a_slow_last_use_is_one_before_a_deactivation(
    first_s: float, last_s: float, deleted_s: float | None, slow: int
) -> None:
    h = History(idle_timeout_s=2.0)
    one = h.app("host-1")
    h.turn("Counter/a", one, 1.0, 1.0 + first_s)
    h.turn("Counter/a", one, 3.0, 3.0 + last_s)
    h.turn("Counter/a", one, 5.5, 5.8, cause="timer")
    if deleted_s is not None:
        h.deactivate("Counter/a", one, deleted_s)
    h.close(20.0)
    assert _opportunities(h)["slow last use"] == slow


@pytest.mark.parametrize(("took_s", "over"), [(2.1, 1), (1.9, 0)])
def test_a_turn_over_its_idle_time_out_is_an_opportunity(took_s: float, over: int) -> None:
    h = History(idle_timeout_s=2.0)
    h.turn("Counter/a", h.app("host-1"), 1.0, 1.0 + took_s)
    h.close(20.0)
    assert _opportunities(h)["turn over the idle time-out"] == over


@pytest.mark.parametrize(("began_s", "ran_out"), [(2.4, 0), (3.1, 1), (4.1, 0)])
def test_a_use_as_the_idle_time_out_before_runs_out_is_an_opportunity(began_s: float, ran_out: int) -> None:
    h = History(idle_timeout_s=2.0)
    one = h.app("host-1")
    h.turn("Counter/a", one, 1.0, 1.1)
    h.turn("Counter/a", one, began_s, began_s + 0.1)
    h.close(20.0)
    assert _opportunities(h)["use as an idle time-out runs out"] == ran_out


@pytest.mark.parametrize(
    ("took_s", "moved_s", "slow"),
    [
        (0.3, 5.0, 1),
        (0.04, 5.0, 0),
        (0.3, 60.0, 0),  # the outage was long over when its actor moved
    ],
)
def test_a_slow_turn_in_an_outage_is_one_of_an_actor_that_moved_in_it(took_s: float, moved_s: float, slow: int) -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.fault("cut", "host-1>placement-0", 3.0, 4.0, links=["host-1>placement-0"])
    h.turn("Counter/a", one, 3.1, 3.1 + took_s)
    h.turn("Counter/a", two, moved_s, moved_s + 0.3)
    h.turn("Counter/stays", one, 3.1, 3.9)
    h.close(100.0)
    assert _opportunities(h)["slow turn in an outage"] == slow


@pytest.mark.parametrize(
    ("late_s", "took_s", "late"),
    [
        (0.0, 0.01, 0),
        (0.1, 0.01, 1),  # it came late
        (0.0, 0.1, 1),  # it took long
    ],
)
def test_a_timer_with_a_late_tick_is_an_opportunity(late_s: float, took_s: float, late: int) -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation("Ticker/a", 1.0, 1.1, name="start", args={"name": "t", "due_s": 1.0, "period_s": 1.0})
    h.turn("Ticker/a", one, 1.02, 1.08, name="start", op=op)
    h.turn("Ticker/a", one, 2.0, 2.01, cause="timer", name="t")
    h.turn("Ticker/a", one, 3.0 + late_s, 3.0 + late_s + took_s, cause="timer", name="t")
    h.turn("Ticker/a", one, 4.0, 4.3, cause="timer", name="t")
    h.close(20.0)
    assert _opportunities(h)["timer with a late tick"] == late


@pytest.mark.parametrize(
    ("name", "cause", "saved", "failed"),
    [
        ("refuse", "call", None, 1),  # declared so
        ("refuse", "timer", None, 0),
        ("add", "call", None, 0),
        ("add", "call", "acknowledged", 0),
        ("add", "call", "refused", 1),
        ("add", "call", "not answered", 0),
    ],
)
def test_a_turn_has_to_fail_as_declared_or_since_its_save_was_refused(
    name: str, cause: ev.Cause, saved: str | None, failed: int
) -> None:
    declared = ev.DeclaredType(name="Order", methods=(ev.DeclaredMethod(name="refuse", effect="fails"),))
    h = History(types=(declared,))
    turn = h.turn("Order/a", h.app("host-1"), 1.0, 2.0, name=name, cause=cause)
    if saved:
        to_s = None if saved == "not answered" else 1.6
        h.save(turn, [("value", "1")], 1.5, to_s, acknowledged=saved == "acknowledged")
    h.close(20.0)
    assert _opportunities(h)["turn that has to fail"] == failed


def test_what_a_history_holds_is_counted_for_rates() -> None:
    h = History()
    one = h.app("host-1")
    h.fault("cut", "host-1>placement-0", 3.0, 4.0, links=["host-1>placement-0"])
    for version in (2, 3, 3):
        h.table(3.5 + version, version, ["host-1"])
    for at_s, cause in ((1.0, "call"), (2.0, "reminder"), (3.0, "timer")):
        h.turn("Counter/a", one, at_s, at_s + 0.1, cause=cast("ev.Cause", cause))
    h.close(20.0)
    found = _opportunities(h)
    assert [found[name] for name in ("turn", "firing", "fault", "table change", "application")] == [3, 2, 1, 2, 0]


def _opportunities(h: History) -> Mapping[str, int]:
    return baseline.exposure(h.timeline(), fault_rate="medium", store="redis").opportunities


def test_a_subject_that_is_repaired_is_held_against_runs_of_the_one_as_it_was() -> None:
    plain, repaired = (
        baseline.exposure(History(subject=subject).timeline(), fault_rate="low", store="redis").setting
        for subject in ("seeds", "seeds-repaired")
    )
    assert repaired == plain
    assert ", seeds, faults low" in plain
