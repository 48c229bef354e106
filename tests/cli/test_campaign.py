"""A matrix is run cell by cell, each judged once, whatever comes between."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.harness.run.campaign.matrix import cells, read

from .conftest import CAUSE, DRAIN, Actorproof, files

MATRIX = f"""
scenarios = ["{DRAIN}"]
drivers = ["simulated"]
seeds = [1, 2]

[[configurations]]
name = "as-is"

[[configurations]]
name = "planted"
bug = "{CAUSE}"
"""


def judged(folder: Path) -> list[str]:
    return [json.loads(line)["key"] for line in (folder / "cells.jsonl").read_text("utf-8").splitlines()]


def test_the_example_of_stores_kills_both_on_both_drivers() -> None:
    found = {(cell.scenario, cell.store, cell.driver) for cell in cells(read(DRAIN.with_name("stores.toml")))}
    assert found == {("store-restart", s, d) for s in ("redis", "postgres") for d in ("process", "docker")}


def test_each_cell_stands_in_the_table_with_verdict_cause_and_run(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    said = actorproof("campaign", "matrix.toml", "--at-once", 2, "--out", "done")
    assert said.code == 1
    rows = {line.split("  ")[0]: line for line in said.out.splitlines()}
    red = rows["save_in_drain 1.18.2 simulated planted seed 2"]
    assert f"violated  {CAUSE} " in red
    run = tmp_path / "done" / red.split()[-1]
    assert json.loads((run / "verdicts.json").read_text("utf-8"))["seed"] == 2
    assert "clean" in rows["save_in_drain 1.18.2 simulated as-is seed 1"]
    assert "| violated |" in (tmp_path / "done" / "summary.md").read_text("utf-8")
    # Once more: all is judged, nothing is run, and the outcome is the same.
    before = files(tmp_path / "done")
    again = actorproof("campaign", "matrix.toml", "--out", "done")
    assert (again.code, again.out) == (said.code, said.out)
    assert files(tmp_path / "done") == before
    # What it leaves can be compared.
    assert actorproof("history", "done").out.count("  violated  ") == 2


def test_a_campaign_that_is_killed_goes_on_and_counts_nothing_twice(actorproof: Actorproof, tmp_path: Path) -> None:
    matrix = MATRIX.replace("[1, 2]", "{ first = 10, count = 4 }")
    (tmp_path / "matrix.toml").write_text(matrix, "utf-8")
    command = [sys.executable, "-c", "from actorproof.harness.cli.main import main; main()"]
    command += ["campaign", "matrix.toml", "--at-once", "1", "--out", "done"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if "2 of 8" in line:
                break
        os.kill(started.pid, signal.SIGKILL)
        started.stderr.read()  # until its processes have ended, too
    first = judged(tmp_path / "done")
    assert 2 <= len(first) < 8
    with (tmp_path / "done" / "cells.jsonl").open("a", encoding="utf-8") as torn:
        torn.write('{"key": "torn')
    assert actorproof("campaign", "matrix.toml", "--out", "done").code == 1
    assert judged(tmp_path / "done")[: len(first)] == first
    assert sorted(judged(tmp_path / "done")) == sorted(cell.key for cell in cells(read(tmp_path / "matrix.toml")))


def test_a_process_that_is_lost_has_its_cells_done_again(tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    script = (
        "import multiprocessing, os, signal, pathlib\n"
        "from actorproof.harness.fanout.processes import Processes\n"
        "from actorproof.harness.run.campaign.campaign import Campaign\n"
        "from actorproof.harness.run.campaign.matrix import read\n"
        "if __name__ == '__main__':\n"
        "    fanout = Processes(1)\n"
        "    campaign = Campaign(read(pathlib.Path('matrix.toml')), folder=pathlib.Path('done'))\n"
        "    for number, each in enumerate(campaign.run(fanout)):\n"
        "        if number == 0:\n"
        "            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)\n"
        "    print(fanout.again, len(campaign.judged))\n"
    )
    (tmp_path / "lose.py").write_text(script, "utf-8")
    said = subprocess.run([sys.executable, "lose.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    again, count = map(int, said.stdout.split())
    assert again >= 1
    assert count == 4
    assert len(judged(tmp_path / "done")) == 4


def test_only_red_runs_are_kept_where_that_is_wanted(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(f'keep = "red"\n{MATRIX}', "utf-8")
    actorproof("campaign", "matrix.toml", "--out", "done")
    kept = list((tmp_path / "done" / "runs").iterdir())
    assert len(kept) == 2
    assert all((run / "report.html").is_file() for run in kept)
    assert len(judged(tmp_path / "done")) == 4


def test_run_folders_go_to_a_shared_place_and_one_that_a_lost_worker_left_there_is_replaced(
    actorproof: Actorproof, tmp_path: Path
) -> None:
    pytest.importorskip("fsspec", reason="the library fsspec is not installed: pip install 'actorproof[ray]'")
    (tmp_path / "matrix.toml").write_text(f'keep = "red"\n{MATRIX.replace("[1, 2]", "[2]")}', "utf-8")
    shared = tmp_path / "shared" / "runs"
    name = "save_in_drain-1.18.2-simulated-planted-seed-2"
    (shared / name / "left").mkdir(parents=True)
    said = actorproof("campaign", "matrix.toml", "--runs", shared.as_uri(), "--out", "done")
    assert said.code == 1
    assert f"{shared.as_uri()}/{name}" in said.out
    assert [each.name for each in shared.iterdir()] == [name]
    assert not (shared / name / "left").exists()
    assert not (tmp_path / "done" / "runs").exists()
    assert actorproof("report", f"shared/runs/{name}").code == 0


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [("nowhere://x", 64, "leads nowhere: Protocol not known: nowhere"), ("taken/runs", 3, "choose another --runs")],
)
def test_a_shared_place_that_can_t_be_is_one_line_before_anything_runs(
    actorproof: Actorproof, tmp_path: Path, place: str, code: int, told: str
) -> None:
    pytest.importorskip("fsspec", reason="the library fsspec is not installed: pip install 'actorproof[ray]'")
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    (tmp_path / "taken").write_text("", "utf-8")
    said = actorproof("campaign", "matrix.toml", "--runs", place, "--out", "done")
    assert (said.code, said.out, said.err.count("\n")) == (code, "", 1)
    assert told in said.err
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("seeds = ", "seed = "), "matrix.toml, line 4: seed: there is no such key: did you mean seeds?"),
        (
            ('"simulated"', '"simulate"'),
            "matrix.toml, line 3: drivers[1]: driver simulate is unknown: did you mean simulated?",
        ),
        (
            ('bug = "', 'bugs = "'),
            "matrix.toml, line 11: configurations[2].bugs: there is no such key",
        ),
        (("save_in_drain.toml", "nowhere.toml"), "matrix.toml, line 2: scenarios[1]: "),
        (("[1, 2]", "[1, 1]"), "matrix.toml, line 4: seeds: name one at the least, each once"),
        (('name = "planted"', 'name = "as-is"'), "matrix.toml, line 10: configurations[2].name: as-is is there twice"),
        (('["simulated"]', '["process"]'), "can only be planted in the simulated runtime"),
        (("[1, 2]", "[1, 2"), "matrix.toml is no TOML"),
    ],
)
def test_a_wrong_matrix_is_told_with_line_and_key_before_anything_runs(
    actorproof: Actorproof, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX.replace(*change), "utf-8")
    said = actorproof("campaign", "matrix.toml", "--out", "done")
    assert (said.code, said.out, said.err.count("\n")) == (64, "", 1)
    assert told in said.err
    assert not (tmp_path / "done").exists()


def test_a_full_disk_is_one_line_and_loses_nothing(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(f'keep = "red"\n{MATRIX}', "utf-8")
    (tmp_path / "done").mkdir()
    # A folder of runs that can't be one stands for a disk that takes no more.
    (tmp_path / "done" / "runs").write_text("", "utf-8")
    said = actorproof("campaign", "matrix.toml", "--at-once", 1, "--out", "done")
    assert said.code == 3
    assert "make room; the same command goes on" in said.err.splitlines()[-1]
    assert len(judged(tmp_path / "done")) == 2
    (tmp_path / "done" / "runs").unlink()
    assert actorproof("campaign", "matrix.toml", "--out", "done").code == 1
    assert len(set(judged(tmp_path / "done"))) == len(judged(tmp_path / "done")) == 4


def test_two_at_once_in_one_folder_are_refused(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    (tmp_path / "done").mkdir()
    with (tmp_path / "done" / "cells.jsonl").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        said = actorproof("campaign", "matrix.toml", "--out", "done")
    assert said.code == 64
    assert "is a campaign under way" in said.err
