"""Where actors are and in which order they are called: planted bugs are seen in the scenario that has the evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.run.shipped import catalogue
from actorproof.properties.verdict.outcome import Outcome
from actorproof.scenarios.registry import scenario

from .support import history_of, judged

SCENARIO = scenario("scale-out-drain")
SHOWN = {
    "all-actors-on-one-host": ("placement", {"gross imbalance", "unfair share of a joiner"}),
    "ring-reshuffled-by-a-join": ("placement", {"moved between old hosts"}),
    "answered-call-runs-again": ("mailbox-order", {"behind a later call"}),
}


@pytest.mark.parametrize("bug", SHOWN)
def test_a_bug_is_seen(bug: str, tmp_path: Path) -> None:
    guarantee, classes = SHOWN[bug]
    run = judged(SCENARIO, history_of(SCENARIO, tmp_path / "run", seed=3, bug=bug))
    (found,) = (each for each in run.guarantees if each.guarantee == guarantee)
    assert set(found.classes) == classes


def test_without_a_bug_both_hold(tmp_path: Path) -> None:
    run = judged(SCENARIO, history_of(SCENARIO, tmp_path / "run", seed=3))
    assert {"placement", "mailbox-order"} <= set(catalogue().ids)
    for each in run.guarantees:
        if each.guarantee in {"placement", "mailbox-order"}:
            assert each.outcome is Outcome.HOLDS, (each.guarantee, each.missing)
