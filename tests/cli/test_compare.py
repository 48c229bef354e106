"""Runs are compared with others by their folders, and the exit code is a gate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from actorproof.harness.progress import Silent
from actorproof.harness.run.many.judged import judged_runs
from actorproof.harness.run.run import run
from actorproof.harness.run.scenario_file import read
from actorproof.harness.session.scenario import Options

from .conftest import CAUSE, DRAIN, Actorproof, files

RUNS = 7


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one run without a bug and one with it, and copies of each that pass for further runs."""
    top = tmp_path_factory.mktemp("recorded")
    for name, bug in (("good", None), ("bad", CAUSE)):
        options = Options(seed=1, driver="simulated", bug=bug)
        folder = run([read(DRAIN)], options, name="save-in-drain", out=top / name, progress=Silent()).folder
        said = json.loads((folder / "verdicts.json").read_text("utf-8"))
        for number in range(1, RUNS):
            said["run"]["id"] = f"copy-{number}"
            copy = top / name / f"copy-{number}"
            copy.mkdir()
            (copy / "run.json").write_bytes((folder / "run.json").read_bytes())
            (copy / "verdicts.json").write_text(json.dumps(said), "utf-8")
    return top


@pytest.fixture
def sides(recorded: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Both, to be changed."""
    for name in ("good", "bad"):
        shutil.copytree(recorded / name, tmp_path / name, symlinks=True)
    return tmp_path / "good", tmp_path / "bad"


def test_a_new_cause_is_told_on_console_page_and_summary(
    actorproof: Actorproof, sides: tuple[Path, Path], tmp_path: Path
) -> None:
    said = actorproof("compare", *sides, "--out", "told")
    assert said.code == 1
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 41
    assert f"✗ new    {CAUSE:36}0/7 0%-41%       7/7 59%-100%" in lines
    page = (tmp_path / "told" / "compare.html").read_text("utf-8")
    assert CAUSE in page
    assert "waits for the drain that waits for the turn" in page, "the cause is not said in words"
    assert "7 of 7 (59 to 100 %)" in page
    assert f"| new | cause {CAUSE} | 0/7 0%-41%" in (tmp_path / "told" / "summary.md").read_text("utf-8")


def test_better_and_same_are_0_and_one_run_each_is_2(actorproof: Actorproof, sides: tuple[Path, Path]) -> None:
    good, bad = sides
    said = actorproof("compare", bad, good)
    assert said.code == 0
    assert "✓ gone" in said.out
    assert actorproof("compare", good, good).code == 0
    assert actorproof("compare", bad, bad, "--fail-on", "rate").code == 0
    assert actorproof("compare", good / "copy-1", bad / "copy-1").code == 2


def test_a_run_by_two_names_counts_once(sides: tuple[Path, Path]) -> None:
    good, _ = sides
    assert (good / "latest").is_symlink()
    (good / "again").mkdir()
    for name in ("run.json", "verdicts.json"):
        (good / "again" / name).write_bytes((good / "copy-1" / name).read_bytes())
    assert len(judged_runs(good)) == RUNS


def test_history_has_a_line_for_each_run_and_cause(actorproof: Actorproof, sides: tuple[Path, Path]) -> None:
    said = actorproof("history", sides[1])
    assert said.code == 0
    assert said.out.count("  violated  ") == RUNS
    assert f"{CAUSE}: in 7 of 7 runs (" in said.out
    assert f"{CAUSE}: in 7 of 7 runs (" in actorproof("history", sides[1], "--cause", CAUSE).out


def test_bad_input_is_one_line(actorproof: Actorproof, sides: tuple[Path, Path], tmp_path: Path) -> None:
    good, bad = sides
    before = files(tmp_path)
    (tmp_path / "empty").mkdir()
    for words, code, told in (
        ((good, tmp_path / "nowhere"), 3, "nowhere is no run, and has none in it: name a folder under reports/out"),
        ((good, tmp_path / "empty"), 3, "empty is no run, and has none in it"),
        ((good, bad, "--fail-on", "new-causes"), 64, "--fail-on new-causes is unknown: did you mean new-cause?"),
    ):
        said = actorproof("compare", *words)
        assert (said.code, said.err.count("\n"), said.out) == (code, 1, "")
        assert told in said.err
    assert actorproof("history", good, "--cause", "nothing").code == 64
    (bad / "copy-1" / "verdicts.json").write_text("{}", "utf-8")
    said = actorproof("compare", good, bad)
    assert said.code == 3
    assert "judge it again with `" in said.err
    (bad / "copy-1" / "verdicts.json").unlink()
    assert "copy-1 was not judged" in actorproof("compare", good, bad).err
    assert before - files(tmp_path) == {"bad/copy-1/verdicts.json"}


def test_each_side_says_on_which_driver_and_store_it_ran(actorproof: Actorproof, sides: tuple[Path, Path]) -> None:
    for side, store in zip(sides, ("redis", "postgres"), strict=True):
        for file in side.rglob("verdicts.json"):
            told = json.loads(file.read_text("utf-8"))
            told["run"]["store"] = store
            file.write_text(json.dumps(told), "utf-8")
    said = actorproof("compare", *sides)
    assert "7 runs of the simulated runtime 1.18.2 (simulated, redis)" in said.out
    assert "(simulated, postgres)" in said.out
