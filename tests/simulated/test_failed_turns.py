"""Failed turns of the simulated runtime leave nothing behind; where they do, the scenario of live clusters sees it."""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.scene import scene
from actorproof.harness.mutation.trial import trial, violated
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.step import AnyStep, Burst, Settle, Wait

OPTIONS = Options(seed=1, driver="simulated")


def call(method: str) -> AnyStep:
    return Burst(actor="Counter/x-0", method=method, callers=1)


PLAN = scene((call("fail"), Wait(for_s=0.2), call("get"), Settle()))


def test_a_failed_turn_leaves_nothing() -> None:
    assert violated(trial(PLAN, OPTIONS)) is None


@pytest.mark.parametrize(
    ("bug", "anomaly"),
    [
        ("failed-turn-leaves-its-changes", "kept in memory"),
        ("failed-turn-saved-with-the-next", "saved by a later turn"),
    ],
)
def test_what_it_leaves_is_found(bug: str, anomaly: str) -> None:
    assert violated(trial(PLAN, OPTIONS, bug=bug)) == ("failed-turn", anomaly)
