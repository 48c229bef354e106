"""The GitHub action: its own scripts, run as a job runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
PRINTS = '#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\nexit "${SAYS:-0}"\n'


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in ACTION["runs"]["steps"] if each["name"] == name)
    return found


class Job:
    """A job's surroundings: inputs by name, what steps tell it, and an `actorproof` that it finds first on its PATH."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs
        self.summary = folder / "summary.txt"
        self.told = folder / "told.txt"

    def judge(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        values = {name: str(each["default"]) for name, each in ACTION["inputs"].items()} | inputs
        env = {
            name: values[text.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, text in step("Judge")["env"].items()
        }
        return self.bash(step("Judge")["run"], **env)

    def bash(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        surroundings = {
            **os.environ,
            **env,
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(self.told),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(shell, cwd=self.folder, env=surroundings, capture_output=True, text=True, check=False)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.told.read_text("utf-8").splitlines())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """One whose `actorproof` prints its words, one a line, and exits with what SAYS has."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "actorproof").write_text(PRINTS)
    (programs / "actorproof").chmod(0o755)
    return Job(tmp_path, programs)


def test_an_application_with_its_calls_is_one_command_line(job: Job) -> None:
    calls = 'Order.create={"item": "green tea"}\nOrder.status\n'
    application = "python -m uvicorn shop:app --port {port}"
    done = job.judge(application=application, calls=calls, scenario="churn", dapr="1.18.2", seed="7")
    words = done.stdout.splitlines()
    assert words[0] == "test"
    assert words[words.index("--calls") + 1] == 'Order.create={"item": "green tea"}'
    assert words.count("--calls") == 2
    assert words[words.index("--") :] == ["--", "sh", "-c", f"exec {application}"]
    assert tuple(words[words.index("--dapr") : words.index("--dapr") + 2]) == ("--dapr", "1.18.2")


def test_what_is_left_out_is_left_to_actorproof(job: Job) -> None:
    assert job.judge().stdout.splitlines() == ["test", "--store", "redis", "--out", f"{job.folder}/actorproof-out"]


def test_a_run_is_summed_up_and_its_outputs_are_files(tmp_path: Path) -> None:
    job = Job(tmp_path, Path(sys.executable).parent)
    done = job.judge(command="run", scenario="kill-and-recover", arguments="--driver simulated", seed="7")
    assert done.returncode == 0, done.stderr
    assert job.outputs["exit-code"] == "0"
    folder = Path(job.outputs["folder"])
    for name in ("report", "junit", "summary"):
        file = ACTION["outputs"][name]["value"].rpartition("/")[2]
        assert (folder / file).is_file()
    assert job.summary.read_text("utf-8") == (folder / "summary.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "undecided", "ends"),
    [("0", "fail", 0), ("1", "pass", 1), ("2", "fail", 2), ("2", "pass", 0), ("3", "pass", 3)],
)
def test_the_job_ends_as_the_run_did(job: Job, code: str, undecided: str, ends: int) -> None:
    assert job.bash(step("Judge")["run"], COMMAND="verify", STORE="redis", SAYS=code).returncode == 0
    assert job.outputs["exit-code"] == code
    assert job.bash(step("Say how it ended")["run"], CODE=code, UNDECIDED=undecided).returncode == ends
