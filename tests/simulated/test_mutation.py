"""Planted bugs: they are found, by the guarantee that they break, and their plans shrink to a few steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import psutil
import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.mutation import hunt as mutation
from actorproof.harness.mutation.alarm import alarm, replay
from actorproof.harness.mutation.find import LONGEST, Find
from actorproof.harness.mutation.hunt import hunt
from actorproof.harness.mutation.scenes import performed
from actorproof.harness.mutation.workers import hunts_and_alarms, replays
from actorproof.harness.provision.leftovers import leftovers
from actorproof.harness.runtimes.simulated.planting import bugs, planted
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.smaller import weight
from actorproof.harness.workload.step import Plan
from tests.waiting import until

# Hunts that take seconds; `make mutation` hunts for all, and `test_plans` performs the plans that were found.
SAMPLE = {
    "lock-wait-gives-up": {"turns"},
    "write-lost": {"durability"},
    "unregister-without-effect": {"reminders"},
    "stack-too-deep": {"reentrancy"},
}
# In long scenarios a plan that is made smaller takes dozens of trials: that it is done short ones show.
IN_THEIR_SCENARIO = [name for name, bug in bugs().items() if bug.scenario]
MADE_SMALLER = {"reminder-without-chain-id", "failed-turn-leaves-its-changes"}

TRIALS = """
from actorproof.harness.mutation.trial import trial
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.registry import scenario
trial(scenario("everything-at-once"), Options(seed=1, driver="simulated", duration_s=3600.0))
"""


@pytest.mark.parametrize("bug", list(SAMPLE))
def test_a_bug_is_found_and_its_plan_is_short(bug: str) -> None:
    find = hunt(bug, examples=100)
    assert find.guarantee in SAMPLE[bug]
    assert find.short
    assert len(find.steps) <= LONGEST == 6


@pytest.mark.parametrize("bug", IN_THEIR_SCENARIO)
def test_a_bug_is_found_in_its_own_scenario(bug: str) -> None:
    find = hunt(bug, shrink=bug in MADE_SMALLER)
    assert find.guarantee in performed(bugs()[bug].scenario).guarantees
    assert find.scenario == bugs()[bug].scenario
    assert find.short or bug not in MADE_SMALLER


@pytest.mark.parametrize(("from_replicas", "short"), [(3, True), (9, False)])
def test_a_plan_that_stays_long_is_kept_until_there_is_a_short_one(
    monkeypatch: pytest.MonkeyPatch, from_replicas: int, *, short: bool
) -> None:
    def shown(scenario: Scenario, *_: object, **__: object) -> bool:
        steps = cast("Plan", scenario.plan(cast("Setting", None)) if scenario.plan else None).steps
        return weight(steps) > (0 if scenario.topology.placements >= from_replicas else LONGEST)

    monkeypatch.setattr(mutation, "trial", shown)
    monkeypatch.setattr(mutation, "violated", lambda shown: ("turns", "made up") if shown else None)
    find = hunt("write-lost", examples=60)
    assert find.found
    assert find.short is short
    assert find.examples < 30
    assert (find.replicas == 3) is short


def test_a_hunt_that_raises_is_told_by_its_bug() -> None:
    finds = list(hunts_and_alarms(["nonsense", "write-lost"], [], workers=1, examples=5))
    assert [(find.bug, find.found) for find in finds if isinstance(find, Find)] == [
        ("nonsense", False),
        ("write-lost", True),
    ]
    assert isinstance(finds[0], Find)
    assert "UsageError: bug nonsense is unknown" in finds[0].fault


def test_the_same_seed_finds_the_same() -> None:
    one, two = (hunt("write-lost", examples=5) for _ in range(2))
    assert (one.guarantee, one.anomaly, one.examples, one.steps) == (
        two.guarantee,
        two.anomaly,
        two.examples,
        two.steps,
    )


def test_a_seed_is_replayed_byte_for_byte_in_another_process() -> None:
    first = {seed: alarm(seed).digest for seed in range(3)}
    assert len(set(first.values())) == 3
    assert dict(replays(first, workers=2)) == first
    assert replay(1) == (1, first[1])


def test_nothing_is_found_without_a_bug() -> None:
    assert not hunt(None, examples=20).found


def test_an_unknown_bug_is_told() -> None:
    with pytest.raises(UsageError, match="bug nonsense is unknown"):
        planted("nonsense")


def test_a_killed_trial_leaves_nothing(tmp_path: Path) -> None:
    env = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", TRIALS], env=env) as process:
        try:
            until(lambda: bool(list(tmp_path.glob("actorproof-*/*/run"))))
            assert leftovers(root=tmp_path) == ()
        finally:
            process.kill()
    until(lambda: list(tmp_path.iterdir()) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word of a parent's death")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_ended_campaign_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "actorproof", "mutation", "--bug", "reminder-early", "--bug", "reply-lost-in-drain"]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program that was started in the background ignores it
    with subprocess.Popen(argv, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: len(list(tmp_path.glob("actorproof-*/*/run"))) > 1)
            workers = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(number)
        except BaseException:
            process.kill()
            raise
    until(lambda: not any(worker.is_running() for worker in workers))
    until(lambda: list(tmp_path.iterdir()) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word of a parent's death")
def test_workers_that_are_killed_leave_nothing(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "actorproof", "mutation", "--bug", "reminder-early", "--seeds", "0", "--replays", "0"]
    with subprocess.Popen(argv, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: bool(list(tmp_path.glob("actorproof-*/*/run"))))
            for worker in psutil.Process(process.pid).children():
                worker.kill()
        finally:
            process.kill()
    until(lambda: list(tmp_path.iterdir()) == [])
