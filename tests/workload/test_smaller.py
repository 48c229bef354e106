"""A plan shrinks to the steps that it takes, each together with what takes it back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.workload.smaller import Steps, calm, smaller, weight, without
from actorproof.harness.workload.step import AnyStep, Burst, Forget, Heal, Inject, Remind, Settle, Wait

KILL = Inject(id="f1", verb="kill", target="host-1")
ADD = Inject(id="f2", verb="add", target="host-4")
REMIND = Remind(actor="Recorder/a", name="r1", due_s=1.0)
PLAN: Steps = (
    Wait(for_s=1.0),
    KILL,
    REMIND,
    Wait(for_s=2.0),
    ADD,
    Heal(id="f1"),
    Wait(for_s=3.0),
    Heal(id="f2"),
    Forget(actor="Recorder/a", name="r1"),
    Settle(),
)


def test_what_takes_back_goes_along_and_weighs_nothing() -> None:
    assert weight(PLAN) == 6
    assert without(PLAN, range(1, 3)) == (PLAN[0], *PLAN[3:5], PLAN[6], PLAN[7], PLAN[9])
    assert without(PLAN, range(5, 8)) == PLAN[:6] + PLAN[7:]


def test_what_is_needed_stays() -> None:
    def shows(steps: Steps) -> bool:
        return KILL in steps and Wait(for_s=3.0) in steps

    assert smaller(PLAN, shows=shows) == (KILL, Heal(id="f1"), Wait(for_s=3.0), Settle())


def test_a_calm_plan_has_no_bursts_and_no_two_waits_in_a_row() -> None:
    burst = Burst(actor="Counter/a", method="add", callers=2)
    plan: Steps = (burst, Wait(for_s=1.0), burst, Wait(for_s=2.0), KILL, Wait(for_s=3.0), Heal(id="f1"), burst)
    assert calm(plan) == (Wait(for_s=3.0), KILL, Wait(for_s=3.0), Heal(id="f1"))


def test_enough_is_enough() -> None:
    def shows(steps: Steps) -> bool:
        return weight(steps) >= 3

    assert weight(smaller(PLAN, shows=shows, enough=4)) in {3, 4}
    assert smaller(PLAN, shows=shows, enough=6) == PLAN


@given(st.sets(st.integers(0, 30), max_size=4))
def test_the_smallest_is_found_when_each_step_counts_for_itself(needed: set[int]) -> None:
    plan: tuple[AnyStep, ...] = tuple(Wait(for_s=float(number)) for number in range(31))
    tried = 0

    def shows(steps: Steps) -> bool:
        nonlocal tried
        tried += 1
        return needed <= {int(step.for_s) for step in steps if isinstance(step, Wait)}

    found = smaller(plan, shows=shows)
    assert {int(step.for_s) for step in found if isinstance(step, Wait)} == needed
    assert tried <= 120
