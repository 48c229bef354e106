"""Whatever encoding and width output has: no traceback, whole names, the verdict and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from actorproof.harness.cli.output import table
from actorproof.scenarios.registry import scenarios

HISTORY = "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
RUN = ("run", "everything-at-once", "--driver", "simulated", "--duration", "5", "--seed", "1", "--out", "öut")
COMMANDS = {
    "setup": ("setup",),
    "doctor": ("doctor",),
    "list": ("list",),
    "help": ("--help",),
    "wrong": ("run", "kürbis"),
    "history": ("analyze", "--format", "jepsen", "--model", "register", "hïstory.edn"),
    "mutation": ("mutation", "--bug", "lost-update", "--seeds", "1", "--replays", "0", "--examples", "3"),
}
CODES = {"wrong": {64}, "mutation": {0, 1, 2, 3, 64}}
PLACES = {
    "ascii-20": {"PYTHONIOENCODING": "ascii", "COLUMNS": "20"},
    "c-locale-80": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "80"},
}


def said(folder: Path, *words: str, place: str) -> subprocess.CompletedProcess[str]:
    (folder / "hïstory.edn").write_text(HISTORY)
    environment = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LC_ALL", "PYTHONUTF8"}}
    return subprocess.run(
        [sys.executable, "-m", "actorproof", *words],
        cwd=folder,
        env={**environment, **PLACES[place]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_writes_to_any_stream(tmp_path: Path, command: str, place: str) -> None:
    done = said(tmp_path, *COMMANDS[command], place=place)
    assert "Traceback" not in done.stderr, done.stderr
    assert "a fault of Actorproof itself" not in done.stderr
    assert done.returncode in CODES.get(command, {0}), done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_a_verdict_is_printed_and_keeps_its_exit_code(tmp_path: Path, place: str) -> None:
    ran = said(tmp_path, *RUN, place=place)
    assert "Traceback" not in ran.stderr, ran.stderr
    assert "report.html" in "".join(ran.stdout.split())
    assert "Undecided: " in ran.stdout
    assert "ut/" in ran.stdout
    (folder,) = (path.parent for path in tmp_path.glob("öut/*/run.json") if not path.parent.is_symlink())
    again = said(tmp_path, "analyze", str(folder), place=place)
    assert "Traceback" not in again.stderr, again.stderr
    assert again.returncode == ran.returncode
    assert again.stdout.splitlines()[:-1] == ran.stdout.splitlines()[:-1]


@pytest.mark.parametrize("place", PLACES)
def test_list_cuts_no_name(tmp_path: Path, place: str) -> None:
    first = [line.split()[0] for line in said(tmp_path, "list", place=place).stdout.splitlines() if line.split()]
    assert set(scenarios()) <= set(first)


def test_list_tells_runtimes_apart_and_how_long_scenarios_take(tmp_path: Path) -> None:
    paragraphs = said(tmp_path, "list", place="c-locale-80").stdout.split("\n\n")
    of_dapr, of_ray = (
        next(after for before, after in pairwise(paragraphs) if before.startswith(runtime))
        for runtime in ("Dapr (the default)", "Ray Workflow (--runtime ray-workflow), and Ray (--runtime ray)")
    )
    assert (
        "takes about (quick / standard / soak): 1 min 2 s / 2 min 48 s / 20 min 48 s"
        in of_dapr.partition("\ntotal-restart\n")[2]
    )
    assert "head-loss" not in of_dapr
    assert "head-loss" in of_ray


def test_an_error_is_folded_between_words_on_a_terminal_and_stays_one_line_elsewhere(tmp_path: Path) -> None:
    wrong = ("run", "churn", "--driver", "docker", "--skew", "control-plane=1.16.0")
    line = said(tmp_path, *wrong, place="c-locale-80").stderr
    assert (line.count("\n"), len(line) > 80) == (1, True)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "actorproof", *wrong]
    subprocess.run(command, stderr=theirs, env=os.environ | {"COLUMNS": "80"}, check=False)
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.split() == line.split()


def test_nobody_reads_to_the_end(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "actorproof", "list"], stdout=writes, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writes)
    assert (done.returncode, done.stderr) == (3, b"")


def test_there_is_no_standard_output(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m actorproof list >&-', sys.executable], stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_table_that_is_too_wide_becomes_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    assert table(("name", "what"), [("a-name-that-is-longer-than-that", "two words, and two more")]) == (
        "a-name-that-is-longer-than-that\n  what: two words, and\n    two more"
    )
