"""A red run shrinks to what its cause needs, by repeated trials, and is handed on in forms that run by themselves."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from actorproof.harness.errors import ClusterError, HistoryError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run.replays import CameBack, Trial, recorded_plan
from actorproof.harness.run.scenario_file import parse
from actorproof.harness.run.shrink.forms.go_form import go_case
from actorproof.harness.run.shrink.forms.toml_form import toml
from actorproof.harness.run.shrink.handing_on import story_of
from actorproof.harness.run.shrink.shrink import Shrinking, Shrunk
from actorproof.harness.run.shrink.trials import Trials
from actorproof.harness.run.shrink.waiting import waited_behind
from actorproof.harness.run.shrink.written_out import written_out
from actorproof.harness.session.scenario import Options, Scenario, setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Burst, Inject, Plan, Wait
from actorproof.harness.workload.written import WrittenScenario
from actorproof.properties.verdict.outcome import Outcome

from .conftest import BUG, CAUSE, Actorproof, Said

PLAN = WrittenScenario(name="p", guarantees=("turns",))


@dataclass(frozen=True)
class Small:
    """A red run that was shrunk, and what was said of it."""

    run: Path
    said: Said

    @property
    def folder(self) -> Path:
        return self.run / f"shrink-{CAUSE}"

    def found(self) -> Shrunk:
        return Shrunk(
            plan=msgspec.json.decode((self.folder / "smallest.json").read_bytes(), type=WrittenScenario),
            finished=True,
            came_back=CameBack(cause=CAUSE, count=10, of=10),
            trials=0,
            folder=self.folder,
        )


@pytest.fixture(scope="module")
def kept_small(tmp_path_factory: pytest.TempPathFactory) -> list[Small]:
    """Where the one that is shrunk for all tests is kept."""
    return []


@pytest.fixture
def small(
    actorproof: Actorproof, red: Path, kept_small: list[Small], tmp_path_factory: pytest.TempPathFactory
) -> Small:
    """It is shrunk once, which takes long, and each test has a copy."""
    if not kept_small:
        said = actorproof("shrink", red, "--cause", CAUSE)
        assert said.code == 0, said
        kept_small.append(Small(shutil.copytree(red, tmp_path_factory.mktemp("small") / red.name), said))
    (kept,) = kept_small
    return Small(shutil.copytree(kept.run, tmp_path_factory.mktemp("copy") / kept.run.name), kept.said)


def pytest_of(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=file.parent)


def test_what_is_left_is_small_comes_back_and_runs_by_itself(
    actorproof: Actorproof, small: Small, tmp_path: Path
) -> None:
    found = small.found()
    assert f"{CAUSE}: came back 10 of 10 (69% to 100%, 95 % interval)" in small.said.out
    assert sum(isinstance(step, Inject) for step in found.plan.steps) == 1
    assert sum(step.callers for step in found.plan.steps if isinstance(step, Burst)) <= 2
    assert found.plan.load.clients == 0
    # As a scenario.
    scenario = found.folder / "save_waits_for_its_own_drain.toml"
    again = actorproof("run", scenario, *BUG)
    assert (again.code, "waits for the drain" in again.out) == (1, True)
    # As a test, which fails as long as the bug is there, and passes without.
    file = tmp_path / "alone" / "test_save_waits_for_its_own_drain.py"
    file.parent.mkdir()
    shutil.copy(found.folder / file.name, file)
    text = file.read_text("utf-8")
    assert text.count("\n") <= 40
    failed = pytest_of(file)
    assert (failed.returncode, "it came back" in failed.stdout) == (1, True), failed.stdout
    file.write_text(text.replace(f', bug="{CAUSE}"', ""), "utf-8")
    assert pytest_of(file).returncode == 0
    # As a text.
    issue = (found.folder / "save_waits_for_its_own_drain.md").read_text("utf-8")
    for heading in ("## Steps", "## What was seen", "## What is promised"):
        assert heading in issue
    # As a case for Dapr, which a simulated runtime has no use for.
    story = story_of(found)
    with pytest.raises(UsageError, match="a Go case is for Dapr"):
        go_case(story)
    case = go_case(replace(story, info=msgspec.structs.replace(story.info, runtime="dapr")))
    assert 'c.hosts["host-3"].Run(t, ctx)' in case
    if gofmt := shutil.which("gofmt"):
        formatted = subprocess.run([gofmt, "-l"], input=case, capture_output=True, text=True, check=False)
        assert (formatted.returncode, formatted.stdout, formatted.stderr) == (0, "", "")


def test_it_goes_on_where_it_was_broken_off(actorproof: Actorproof, red: Path, small: Small) -> None:
    first = actorproof("shrink", red, "--cause", CAUSE, "--limit", "1")
    assert first.code in {2, 64}, first
    trials = red / f"shrink-{CAUSE}" / "trials.jsonl"
    begun = trials.read_bytes()
    trials.write_bytes(begun + b'{"plan":"torn')
    said = actorproof("shrink", red, "--cause", CAUSE)
    assert said.out.splitlines()[:3] == small.said.out.splitlines()[:3]
    assert trials.read_bytes().startswith(begun)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--cause", "caller-gives-up"), f"shows no cause caller-gives-up: it has {CAUSE}"),
        (("--cause", CAUSE, "--guarantee", "timers"), f"{CAUSE} does not break timers in run "),
        (("--cause", CAUSE, "--rate", "1"), "rate is "),
        (("--cause", CAUSE, "--rate", "0"), "rate is "),
        (("--cause", CAUSE, "--limit", "0"), "limit is more than 0 s"),
        (("--cause", CAUSE, "--replays", "0"), "replays is 1 or more"),
        (("--cause", CAUSE, "--as", "java"), "--as"),
    ],
)
def test_wrong_usage_shrinks_nothing(actorproof: Actorproof, red: Path, words: tuple[str, ...], told: str) -> None:
    said = actorproof("shrink", red, *words)
    assert said.code == 64
    assert told in said.err
    assert not list(red.glob("shrink-*"))


def planned(scenario: Scenario, options: Options) -> Plan:
    assert scenario.plan is not None
    return scenario.plan(setting(options, topology=scenario.topology, duration_s=1.0))


class Lucky:
    """Runs of which those without a fault show the cause only as long as luck lasts."""

    def __init__(self, *, luck: int, took_s: float = 0.0) -> None:
        self.luck = luck
        self.took_s = took_s

    def __call__(self, scenario: Scenario, options: Options, **_: object) -> Trial:
        time.sleep(self.took_s)
        plan = planned(scenario, options)
        sure = any(isinstance(step, Inject) for step in plan.steps)
        shows = sure or self.luck > 0
        self.luck -= not sure
        return Trial(causes=frozenset({CAUSE} if shows else ()), outcome=Outcome.VIOLATED)


def shrinking(red: Path, *, limit_s: float = 60.0, guarantee: str = "") -> Shrinking:
    recorded = recorded_plan(red)
    return Shrinking(
        recorded,
        cause=CAUSE,
        guarantee=guarantee,
        rate=0.9,
        limit_s=limit_s,
        folder=red / "shrink",
        progress=Silent(),
        said=lambda _text: None,
    )


def test_a_plan_that_was_chosen_by_luck_gives_way_to_the_one_before(red: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.harness.run.shrink.shrink.performed", Lucky(luck=3))
    found = shrinking(red).perform(replays=10)
    assert any(isinstance(step, Inject) for step in found.plan.steps)
    assert (found.finished, found.came_back.count, found.came_back.of) == (True, 10, 10)
    assert msgspec.json.decode((found.folder / "smallest.json").read_bytes(), type=WrittenScenario) == found.plan


def test_with_a_guarantee_only_runs_count_in_which_the_cause_breaks_it(
    red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def performed(scenario: Scenario, options: Options, **_: object) -> Trial:
        plan = planned(scenario, options)
        broken = {(CAUSE, "turns")} | ({(CAUSE, "drain")} if any(isinstance(s, Inject) for s in plan.steps) else set())
        return Trial(causes=frozenset({CAUSE}), broken=frozenset(broken), outcome=Outcome.VIOLATED)

    monkeypatch.setattr("actorproof.harness.run.shrink.shrink.performed", performed)
    found = shrinking(red, guarantee="drain").perform(replays=10)
    assert any(isinstance(step, Inject) for step in found.plan.steps)
    assert found.came_back.count == 10


def test_a_plan_that_misses_as_often_as_it_may_stays(red: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: Counter[str] = Counter()

    def performed(scenario: Scenario, options: Options, **_: object) -> Trial:
        plan = repr((scenario.topology, planned(scenario, options)))
        runs[plan] += 1
        return Trial(causes=frozenset({CAUSE} if runs[plan] != 5 else ()), outcome=Outcome.VIOLATED)

    monkeypatch.setattr("actorproof.harness.run.shrink.shrink.performed", performed)
    found = shrinking(red).perform(replays=10)
    assert (found.finished, found.came_back.count, found.came_back.of) == (True, 9, 10)


def test_calls_that_meet_a_fault_only_with_luck_are_made_by_several_actors_with_ever_longer_turns(
    red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def performed(scenario: Scenario, options: Options, **_: object) -> Trial:
        plan = planned(scenario, options)
        longest = {step.actor: step.hold_s for step in plan.steps if isinstance(step, Burst)}
        shows = len(set(longest.values())) >= 3
        return Trial(causes=frozenset({CAUSE} if shows else ()), outcome=Outcome.VIOLATED)

    monkeypatch.setattr("actorproof.harness.run.shrink.shrink.performed", performed)
    found = shrinking(red).perform(replays=10)
    calls = [step for step in found.plan.steps if isinstance(step, Burst)]
    assert len(calls) == len({call.actor for call in calls}) == 3
    assert found.came_back.count == 10


def test_time_that_is_up_while_the_smallest_is_performed_again_is_no_fault(
    red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actorproof.harness.run.shrink.shrink.performed", Lucky(luck=10**9, took_s=0.01))
    found = shrinking(red, limit_s=1.5).perform(replays=10**6)
    assert not found.finished
    assert found.came_back.count == found.came_back.of > 0


def test_calls_of_one_actor_keep_their_order_however_close_they_are(red: Path) -> None:
    recorded = recorded_plan(red)
    events = RunFolder.open(red).read_history()
    plan = written_out(recorded.plan, events, wanted=lambda _: True, until_ns=events[-1].t_ns)
    at_once = [
        (one, two)
        for one, two in pairwise(plan.steps)
        if isinstance(one, Burst) and isinstance(two, Burst) and (one.actor, one.after_s) == (two.actor, two.after_s)
    ]
    assert not at_once


def test_a_form_that_can_not_be_written_keeps_nobody_from_the_others(actorproof: Actorproof, small: Small) -> None:
    said = actorproof("shrink", small.run, "--cause", CAUSE, "--as", "go")
    assert (said.code, "a Go case is for Dapr" in said.err.splitlines()[-1]) == (64, True)
    lines = said.out.splitlines()
    for what, name in (
        ("a scenario, for `", "save_waits_for_its_own_drain.toml"),
        ("a test, for pytest:", "test_save_waits_for_its_own_drain.py"),
    ):
        at = lines.index(f"  {small.folder / name}")
        assert lines[at - 1].startswith(what)
    assert f"{CAUSE}: came back 10 of 10" in said.out


def call(op: str, *, at_ms: int, method: str, hold_s: float) -> ev.Invoked:
    return ev.Invoked(
        process="harness", seq=at_ms, t_ns=at_ms * 10**6, op=op, client=f"sleeper-{op}", via="host-1",
        actor="Sleeper/w1", action="call", name=method, args=f'{{"hold_s":{hold_s}}}',
    )  # fmt: skip


def turn(op: str, *, from_ms: int, to_ms: int) -> tuple[ev.Event, ev.Event]:
    return (
        ev.TurnStarted(
            process="host-1/app#1", seq=from_ms, t_ns=from_ms * 10**6, turn=f"t-{op}", actor="Sleeper/w1", instance=1,
            cause="call", name="hold", op=op,
        ),
        ev.TurnEnded(process="host-1/app#1", seq=to_ms, t_ns=to_ms * 10**6, turn=f"t-{op}", completed=True),
    )  # fmt: skip


# An earlier call held the actor for 0.7 s; of two that were made at once then, the later one ran first, for 2 s.
QUEUED: tuple[ev.Event, ...] = (
    ev.PhaseReached(process="harness", seq=0, t_ns=0, phase="load"),
    call("first", at_ms=1, method="hold", hold_s=0.7),
    call("saves", at_ms=103, method="hold_save", hold_s=1.0),
    call("holds", at_ms=105, method="hold", hold_s=2.0),
    *turn("first", from_ms=10, to_ms=710),
    *turn("holds", from_ms=720, to_ms=2720),
    *turn("saves", from_ms=2730, to_ms=3730),
    call("after", at_ms=4000, method="hold", hold_s=0.1),
    *turn("after", from_ms=4010, to_ms=4110),
)


def test_a_call_comes_with_those_that_it_waited_behind() -> None:
    assert waited_behind(QUEUED, frozenset({"saves"})) == {"first", "holds"}
    assert waited_behind(QUEUED, frozenset({"holds"})) == {"first"}
    assert not waited_behind(QUEUED, frozenset({"after"}))


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        # Without the first one, the one that ran next is made when it ran, and what waited behind it after it.
        (("holds", "saves"), [("hold", 2.0, 0.7), ("hold_save", 1.0, 0.75)]),
        (("first", "holds", "saves"), [("hold", 0.7, 0.0), ("hold", 2.0, 0.1), ("hold_save", 1.0, 0.15)]),
        (("saves",), [("hold_save", 1.0, 2.75)]),
        (("after",), [("hold", 0.1, 4.0)]),
    ],
)
def test_calls_that_are_left_meet_what_they_met(left: tuple[str, ...], wanted: list[tuple[str, float, float]]) -> None:
    plan = written_out(PLAN, QUEUED, wanted=lambda event: event.op in left, until_ns=10**10)
    now_s, made = 0.0, []
    for step in plan.steps:
        if isinstance(step, Wait):
            now_s = round(now_s + step.for_s, 3)
        elif isinstance(step, Burst):
            made.append((step.method, step.hold_s, now_s))
    assert made == wanted


@pytest.mark.parametrize(("probes", "left"), [(0, 0), (3, 1)])
def test_a_run_without_probes_gets_none(probes: int, left: int) -> None:
    plan = msgspec.structs.replace(PLAN, load=Load(probes=probes))
    load = written_out(plan, QUEUED, wanted=lambda _: True, until_ns=10**10).load
    assert (load.clients, load.sleepers, load.probes) == (0, 0, left)


def test_one_lucky_run_is_not_enough(tmp_path: Path) -> None:
    answers: Iterator[bool] = iter([True, False, False, True, True])
    trials = Trials(tmp_path / "t", rate=0.9, perform=lambda _plan, _number: next(answers))
    assert not trials.shows(PLAN)
    assert trials.of(PLAN) == [True, False, False]
    assert trials.shows(msgspec.structs.replace(PLAN, name="other"))


def test_no_trial_is_made_twice(tmp_path: Path) -> None:
    first = Trials(tmp_path / "t", rate=0.9, perform=lambda _plan, _number: True)
    assert first.shows(PLAN)

    def never(_plan: WrittenScenario, _number: int) -> bool:
        raise AssertionError

    assert Trials(tmp_path / "t", rate=0.9, perform=never).shows(PLAN)


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    trials = Trials(tmp_path, rate=0.9, perform=lambda _plan, _number: True)  # a folder takes no line, as a full disk
    with pytest.raises(HistoryError, match=r"can't be written .*: free some space, and shrink again to go on"):
        trials.shows(PLAN)


def test_a_plan_that_can_not_be_run_is_no_answer(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "t", rate=0.9, perform=lambda _plan, _number: "the disk is full")
    with pytest.raises(ClusterError, match="could not be run 3 times: the disk is full"):
        trials.shows(PLAN)
    assert trials.of(PLAN) == []


def test_a_scenario_written_as_toml_reads_as_the_same(red: Path) -> None:
    plan = recorded_plan(red).plan
    assert parse(toml(plan)) == plan
