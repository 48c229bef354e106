"""The scenarios of live clusters see planted bugs, and hold without one: each has the evidence for what it judges.

That a plan of a few steps shows each bug, and nothing without it, is `test_plans`.
"""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.trial import trial, violations
from actorproof.harness.runtimes.simulated.planting import bugs
from actorproof.harness.session.scenario import Options
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.scenarios.registry import scenario

from .plans import plans

TIMERS = {bug: (shown.guarantee, shown.anomaly) for bug, shown in plans().items() if bug.startswith("timer-")}
CHAINS = {
    "stranger-enters-a-chain": ("reentrancy", "stranger let in"),
    "chains-share-an-id": ("reentrancy", "stranger let in"),
    "stack-too-shallow": ("reentrancy", "refused too early"),
    "stack-too-deep": ("reentrancy", "beyond the depth"),
    "too-deep-a-chain-locks-for-ever": ("reentrancy", "locked after its depth"),
    "chain-id-lost-between-hosts": ("reentrancy", "deadlock"),
    "reentrant-answer-lost": ("reentrancy", "answer lost"),
    "reentrant-though-off": ("reentrancy", "entered though off"),
    "reminder-without-chain-id": ("reentrancy", "deadlock from a reminder"),
}
JOINS = {
    "all-actors-on-one-host": ("placement", "unfair share of a joiner"),
    "ring-reshuffled-by-a-join": ("placement", "moved between old hosts"),
    "answered-call-runs-again": ("mailbox-order", "behind a later call"),
}
SEEN = [
    *(("timers", 3, bug, shown) for bug, shown in TIMERS.items()),
    *(("reentrant-chains", 1, bug, shown) for bug, shown in CHAINS.items()),
    *(("scale-out-drain", 3, bug, shown) for bug, shown in JOINS.items()),
]


def run(name: str, seed: int, bug: str | None = None) -> RunVerdict:
    return trial(scenario(name), Options(seed=seed, driver="simulated"), bug=bug)


def test_every_planted_bug_of_timers_is_tried() -> None:
    assert set(TIMERS) == {bug for bug in bugs() if bug.startswith("timer-")}


@pytest.mark.parametrize(("name", "seed", "bug", "shown"), SEEN, ids=lambda each: each if isinstance(each, str) else "")
def test_a_planted_bug_is_seen(name: str, seed: int, bug: str, shown: tuple[str, str]) -> None:
    assert shown in violations(run(name, seed, bug))


@pytest.mark.parametrize(
    ("name", "seed", "guarantees"),
    [
        *(("reentrant-chains", seed, {"reentrancy"}) for seed in (1, 2, 3)),
        ("scale-out-drain", 3, {"placement", "mailbox-order"}),
    ],
)
def test_it_holds_without_one(name: str, seed: int, guarantees: set[str]) -> None:
    verdict = run(name, seed)
    assert not verdict.problems
    found = {each.guarantee: each for each in verdict.guarantees if each.guarantee in guarantees}
    assert set(found) == guarantees
    for each in found.values():
        assert each.outcome is Outcome.HOLDS, each.missing
