"""A recorded plan is performed again, as it was and as often as wanted, and each cause is counted."""

from __future__ import annotations

import json
from pathlib import Path

from actorproof.harness.history.folder import RunFolder

from .conftest import BUG, CAUSE, Actorproof, files


def test_each_cause_is_counted_with_an_interval(actorproof: Actorproof, red: Path) -> None:
    said = actorproof("replay", red, "--times", 3, "--out", "again")
    assert said.code == 1
    assert f"{CAUSE}: came back 3 of 3 (29% to 100%, 95 % interval)\n" in said.out
    assert said.err.count(CAUSE) == 3


def test_the_plan_the_load_and_the_topology_are_the_recorded_ones(
    actorproof: Actorproof, red: Path, tmp_path: Path
) -> None:
    actorproof("replay", red, "--out", "again")
    (again,) = (path.parent for path in (tmp_path / "again").glob("*/2*/plan.json"))
    recorded, replayed = RunFolder.open(red).read_plan(), RunFolder.open(again).read_plan()
    assert replayed.steps[: len(recorded.steps)] == recorded.steps
    assert (replayed.topology, replayed.load) == (recorded.topology, recorded.load)
    assert RunFolder.open(again).read_info().bug == CAUSE


def test_its_plan_is_a_scenario_by_itself(actorproof: Actorproof, red: Path) -> None:
    said = actorproof("run", red / "plan.json", *BUG)
    assert said.code == 1
    assert "save or read waits for the drain" in said.out


def test_a_cause_that_the_run_does_not_show(actorproof: Actorproof, red: Path, tmp_path: Path) -> None:
    said = actorproof("replay", red, "--cause", "caller-gives-up", "--out", "again")
    assert said.code == 64
    assert f"shows no cause caller-gives-up: it has {CAUSE}" in said.err
    assert not (tmp_path / "again").exists()


def test_a_plan_of_another_version(actorproof: Actorproof, red: Path) -> None:
    plan = json.loads((red / "plan.json").read_text("utf-8"))
    del plan["format"]
    (red / "plan.json").write_text(json.dumps(plan), "utf-8")
    before = files(red)
    said = actorproof("replay", red)
    assert said.code == 3
    assert (
        "plan.json is of another version of Actorproof (format 1, this one reads 2): run its scenario again" in said.err
    )
    assert files(red) == before


def test_times_that_make_no_sense(actorproof: Actorproof, red: Path) -> None:
    assert actorproof("replay", red, "--times", 0).code == 64
