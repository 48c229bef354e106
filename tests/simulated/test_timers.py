"""Timers of the simulated runtime: each planted bug is found in the class that it belongs to, and nothing without one.

The plans are what `make mutation` shrinks to, or nearly; here they are given, so that finding takes a second each.
"""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.scene import scene
from actorproof.harness.mutation.trial import trial, violated
from actorproof.harness.runtimes.simulated.planting import bugs
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.step import AnyStep, Burst, Settle, StartTimer, StopTimer, Wait
from actorproof.scenarios.registry import scenario

ACTOR = "Ticker/x-0"
BUSY = (Wait(for_s=0.2), Burst(actor=ACTOR, method="ping", callers=2, hold_s=2.0))


def timer(
    *,
    due_s: float = 1.0,
    repetitions: int | None = None,
    ttl_s: float | None = None,
    hold_s: float = 0.0,
    fail_every: int = 0,
) -> StartTimer:
    """Once, or every second when it is bounded."""
    return StartTimer(
        actor=ACTOR,
        name="t",
        due_s=due_s,
        period_s=None if repetitions is None and ttl_s is None else 1.0,
        repetitions=repetitions,
        ttl_s=ttl_s,
        hold_s=hold_s,
        fail_every=fail_every,
    )


PLANS: dict[str, tuple[str, tuple[AnyStep, ...]]] = {
    "timer-outlives-its-actor": ("fired after deactivation", (timer(due_s=6.0),)),
    "timer-early": ("early", (timer(),)),
    "timer-unregister-without-effect": (
        "fired after unregister",
        (timer(repetitions=8), StopTimer(actor=ACTOR, name="t")),
    ),
    "timer-removed-by-a-failing-callback": ("removed by a failing callback", (timer(repetitions=8, fail_every=2),)),
    "timer-at-a-fixed-rate": ("next period began early", (timer(repetitions=3, hold_s=0.4),)),
    "timer-repetitions-ignored": ("beyond its end", (timer(repetitions=3),)),
    "timer-ttl-ignored": ("beyond its end", (timer(ttl_s=3.0),)),
    "timer-payload-lost": ("payload changed", (timer(),)),
    "timer-callback-lost": ("callback lost", (timer(),)),
    "timer-beside-turns": ("turns", (timer(repetitions=8), *BUSY)),
    "timer-dropped-while-busy": ("missed", (timer(), *BUSY)),
}


def found(steps: tuple[AnyStep, ...], bug: str | None = None) -> tuple[str, str] | None:
    """The guarantee and the class that a plan violates."""
    return violated(trial(scene((*steps, Settle())), Options(seed=0, driver="simulated"), bug=bug))


def test_every_planted_timer_bug_has_a_plan() -> None:
    assert set(PLANS) == {bug for bug in bugs() if bug.startswith("timer-")}


@pytest.mark.parametrize("bug", PLANS)
def test_a_planted_bug_is_found(bug: str) -> None:
    anomaly, steps = PLANS[bug]
    said = found(steps, bug)
    assert said is not None
    assert anomaly in said
    if anomaly != "turns":
        assert said[0] == "timers"


@pytest.mark.parametrize("bug", PLANS)
def test_nothing_is_found_without_the_bug(bug: str) -> None:
    assert found(PLANS[bug][1]) is None


@pytest.mark.parametrize("bug", PLANS)
def test_the_scenario_of_live_clusters_finds_it(bug: str) -> None:
    options = Options(seed=3, driver="simulated")
    said = violated(trial(scenario("timers"), options, bug=bug))
    assert said is not None
    assert PLANS[bug][0] in said
