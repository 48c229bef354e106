"""Reminders go on when one of three schedulers is lost, and after the return of all; a naive count finds the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.faults.schedulers import LATE
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.reminders.parts import R, fire, register, unregister
from tests.properties.scene import rules
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import thorough

DIED_S, BACK_S, END_S = 60.0, 160.0, 300.0
BUDGET_S = 45.0
ALL = ("scheduler-0", "scheduler-1", "scheduler-2")


def lost(*units: str, healed_s: float = BACK_S) -> tuple[History, str]:
    """These of three schedulers are killed, and come back."""
    h = History(schedulers=3)
    app = h.app("host-1")
    for unit in ALL:
        h.start(unit, 0.0)
    target = "scheduler:all" if len(units) == len(ALL) else units[0]
    h.fault("kill", target, DIED_S, healed_s, units=list(units))
    for unit in units:
        h.kill(unit, DIED_S + 0.001, reaped_after_s=0.005)
        h.start(unit, healed_s - 0.5, ready_s=healed_s)
    return h, app


def judged(h: History) -> Verdict:
    h.close(END_S)
    return verdict_on(h.timeline(), free("availability"))


def late(verdict: Verdict) -> int:
    return verdict.classes.get(LATE, 0)


@pytest.mark.parametrize(("fired_s", "found", "late_s"), [(124.9, 0, 44.8), (126.0, 1, 45.0), (None, 1, 45.0)])
def test_a_tick_due_after_the_death_of_one_scheduler_has_its_budget_though_it_is_away(
    fired_s: float | None, found: int, late_s: float
) -> None:
    h, app = lost("scheduler-1")
    register(h, 10.0, 10.1, due_s=70.0)  # at 80 s
    if fired_s is not None:
        fire(h, app, fired_s)
    verdict = judged(h)
    assert late(verdict) == found
    assert verdict.opportunities[LATE] == 1
    said = {each.name: each.value for each in verdict.figures}
    assert said["most that a tick was late after the death of one scheduler"] == pytest.approx(late_s)
    assert {each.name: each.have for each in verdict.evidence} == {"leader_losses": 0, "losses": 1}


@pytest.mark.parametrize(("fired_s", "found"), [(214.9, 0), (216.0, 1)])
def test_a_tick_due_after_the_return_of_all_schedulers_has_its_budget(fired_s: float, found: int) -> None:
    h, app = lost(*ALL)
    h.fault("cut", "host-1>app", 14.0, 14.9, links=["host-1>app"])  # over for as long when they died
    for name, at_s in (("tick", fired_s), ("soon", 170.3)):
        register(h, 10.0, 10.1, due_s=160.0, name=name)  # at 170 s
        fire(h, app, at_s, name=name)
    verdict = judged(h)
    assert late(verdict) == found
    said = {each.name: each.value for each in verdict.figures}
    assert said["most that a tick was late after the return of all schedulers"] == pytest.approx(
        45.0 if found else 44.8
    )


def test_a_tick_that_comes_late_from_before_the_loss_is_no_tick_that_is_late_after_it() -> None:
    h, app = lost("scheduler-0")
    register(h, 10.0, 10.1, due_s=40.0, period_s=20.0, repetitions=4)  # 50, 70, 90, 110 s
    for at_s in (61.0, 71.0, 91.0, 111.0):
        fire(h, app, at_s)
    assert late(judged(h)) == 0


@rules(
    "asked_s asked judged_",
    ("one that was due before", 10.0, {"due_s": 50.0}, 0),
    ("one of a reminder since then", 61.0, {"due_s": 20.0}, 1),
    ("or several", 61.0, {"due_s": 20.0, "period_s": 5.0, "repetitions": 3}, 3),
)
def test_ticks_are_judged_from_the_loss_on(asked_s: float, asked: dict[str, float], judged_: int) -> None:
    h, app = lost("scheduler-0")
    register(h, asked_s, asked_s + 0.1, **asked)  # type: ignore[arg-type]
    for number in range(judged_):
        fire(h, app, 81.1 + 5.0 * number)
    verdict = judged(h)
    assert (late(verdict), verdict.opportunities[LATE]) == (0, judged_)


@pytest.mark.parametrize(
    "what",
    [
        "two died",
        "another fault",
        "a fault before",
        "unregistered",
        "a turn failed",
        "stalled",
        "one of one",
        "none died",
        "died later",
    ],
)
def test_what_is_not_judged(what: str) -> None:
    h, app = lost("scheduler-0", "scheduler-1") if what == "two died" else lost("scheduler-0")
    if what == "one of one":
        h = History(schedulers=1)
        h.start("scheduler-0", 0.0)
        h.fault("kill", "scheduler-0", DIED_S, BACK_S, units=["scheduler-0"])
        h.kill("scheduler-0", DIED_S + 0.001, reaped_after_s=0.005)
    if what in {"none died", "died later"}:
        h = History(schedulers=3)
        for unit in ALL if what == "died later" else ALL[1:]:
            h.start(unit, 0.0)
        h.fault("kill", ALL[0], DIED_S, BACK_S, units=[ALL[0]])
    if what == "died later":
        h.kill(ALL[0], BACK_S + 1.0)
    register(h, 10.0, 10.1, due_s=70.0)
    match what:
        case "another fault":
            h.fault("cut", "host-1>app", 90.0, 91.0, links=["host-1>app"])
        case "a fault before":
            h.fault("cut", "host-1>app", 14.0, 15.1, links=["host-1>app"])
        case "unregistered":
            unregister(h, 90.0, 90.1)
        case "a turn failed":
            fire(h, app, 80.0, completed=False)
        case "stalled":
            h.add(ev.Stalled, 90.0, late_ns=900_000_000)
        case _:
            pass
    verdict = judged(h)
    assert (late(verdict), verdict.opportunities[LATE]) == (0, 0)


@thorough(150)
@given(
    due_s=st.integers(1, 120),
    period_s=st.sampled_from((5, 10, 40)),
    count=st.integers(1, 8),
    fired=st.lists(st.integers(20, 290), max_size=12, unique=True),
    every=st.booleans(),
)
def test_agrees_with_a_count_of_every_tick(
    *, due_s: int, period_s: int, count: int, fired: list[int], every: bool
) -> None:
    units = ALL if every else ("scheduler-2",)
    h, app = lost(*units)
    register(h, 10.0, 10.1, due_s=float(due_s), period_s=float(period_s), repetitions=count)
    for at in sorted(fired):
        fire(h, app, at + 0.5)
    since = BACK_S if every else DIED_S + 0.001
    dues = [10.0 + due_s + k * period_s for k in range(count)]
    asked = [due for due in dues if due > since and due + 0.1 + BUDGET_S < END_S]
    wrong = any(
        sum(since < at + 0.5 <= due + 0.1 + BUDGET_S for at in fired) <= number for number, due in enumerate(asked)
    )
    assert late(judged(h)) == wrong


def test_the_actor_that_waited_is_named() -> None:
    h, _ = lost("scheduler-1")
    register(h, 10.0, 10.1, due_s=70.0)
    (violation,) = judged(h).violations
    assert violation.actor == R
    assert violation.trigger.startswith("kill scheduler")
    assert "due 20.1 s after the death of one scheduler, was not served within 45 s" in violation.summary
