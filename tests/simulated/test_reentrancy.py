"""Reentrancy in the simulated runtime: it holds there, and the scenario that runs on Dapr sees each planted bug."""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.trial import trial
from actorproof.harness.session.scenario import Options
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.scenarios.registry import scenario

FOUND = {
    "stranger-enters-a-chain": "stranger let in",
    "chains-share-an-id": "stranger let in",
    "stack-too-shallow": "refused too early",
    "stack-too-deep": "beyond the depth",
    "too-deep-a-chain-locks-for-ever": "locked after its depth",
    "chain-id-lost-between-hosts": "deadlock",
    "reentrant-answer-lost": "answer lost",
    "reentrant-though-off": "entered though off",
    "reminder-without-chain-id": "deadlock from a reminder",
}


def judged(bug: str | None = None, *, seed: int = 1) -> Verdict:
    options = Options(seed=seed, driver="simulated")
    run = trial(scenario("reentrant-chains"), options, bug=bug)
    assert not run.problems
    (found,) = [each for each in run.guarantees if each.guarantee == "reentrancy"]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_holds(seed: int) -> None:
    found = judged(seed=seed)
    assert found.outcome is Outcome.HOLDS, found.missing


@pytest.mark.parametrize("bug", list(FOUND))
def test_a_bug_is_seen(bug: str) -> None:
    assert FOUND[bug] in judged(bug).classes
