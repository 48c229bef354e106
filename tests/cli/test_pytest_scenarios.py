"""`pytest scenarios/NAME.py`: one test a guarantee, with the outcome that the verdict asks for. The run is a stub."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

STUB = """
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

from actorproof.harness.run import run as running
from actorproof.harness.run import shipped
from actorproof.harness.errors import ProvisionError
from actorproof.properties.verdict.deviation import Deviation, DeviationMatch, Standing
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict, Verdict

OUTCOMES = {outcomes}
RUNS = []


def judged(guarantee, outcome):
    terms = shipped.catalogue().terms(guarantee, "quick")
    violation = Violation(anomaly="same host", actor="Counter/a", summary="it broke twice", events=(), at_ns=1)
    matches, left = (), ()
    violations = ()
    if outcome == "deviates":
        listed = Deviation(
            mechanism="known-by-this-name", of="dapr 1.18.2", breaks=(guarantee,), per="turn", evidence="a test",
            upstream="none known",
        )
        standing = Standing(
            deviation=listed, traced=(), incidents=1, violations=1, expected=1.0, accepted=9, accepted_incidents=9,
            opportunities=1,
        )
        violations, matches = (violation,), (DeviationMatch(standing=standing, violations=(violation,)),)
    elif outcome == "violated":
        violations = left = (violation,)
    return Verdict(
        terms=terms,
        outcome=Outcome[outcome.upper()],
        violations=violations,
        missing=("moves: 0 seen, 20 needed",) if outcome == "unknown" else (),
        fault="ZeroDivisionError: by design" if outcome == "error" else "",
        deviations=matches,
        open_violations=left,
    )


def run(scenarios, options, *, name, out, progress):
    RUNS.append(name)
    with Path(__file__).with_name("runs").open("a") as file:
        print(name, file=file)
    assert len(RUNS) == 1, "one run is enough for all guarantees"
    if "refused" in OUTCOMES:
        raise ProvisionError("daprd is missing")
    assert [s.name for s in scenarios] == [name] == ["churn"]
    assert (options.seed, options.profile, options.duration_s, str(out)) == (9, "standard", 3.0, "somewhere")
    guarantees = tuple(judged(g, o) for g, o in zip_longest(scenarios[0].guarantees, OUTCOMES, fillvalue="holds"))
    verdict = RunVerdict(guarantees=guarantees, canaries=())
    return SimpleNamespace(report=SimpleNamespace(verdict=verdict), folder=Path("the-run-folder"))


running.run = run
"""


def _pytest(tmp_path: Path, *words: str, outcomes: tuple[str, ...] = ()) -> tuple[int, str]:
    (tmp_path / "stubbed_run.py").write_text(STUB.replace("{outcomes}", repr(outcomes)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "stubbed_run", "-p", "no:cacheprovider", "-v", *words],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


OPTIONS = ("profile=standard", "seed=9", "duration=3", "out=somewhere")
RUN = ("scenarios/churn.py", *(f"--actorproof-{each}" for each in OPTIONS))


def test_each_outcome_is_a_test_result(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, *RUN, outcomes=("violated", "unknown", "deviates", "holds", "error"))
    assert code == 1, said
    assert "churn.py::turns FAILED" in said
    assert "turns is violated (the-run-folder)" in said
    assert "it broke twice" in said
    assert "churn.py::activation FAILED" in said
    assert "moves: 0 seen, 20 needed" in said
    assert "churn.py::durability XFAIL (known-by-this-name)" in said
    assert "churn.py::recovery PASSED" in said
    assert " is error" in said
    assert "ZeroDivisionError: by design" in said


def test_a_run_that_cannot_start_is_tried_once(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, *RUN, outcomes=("refused",))
    assert code == 1, said
    assert "one run is enough" not in said
    assert "Traceback" not in said
    assert "daprd is missing" in said
    assert "running.run(" not in said


def test_what_holds_or_is_listed_passes(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, *RUN, outcomes=("holds", "deviates"))
    assert code == 0, said


def test_scenarios_are_collected_from_their_own_files_alone_without_running(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, "scenarios", "tests/scenarios", "--collect-only", "-q")
    assert code == 0, said
    own, _, tests = said.partition("<Dir tests>")
    assert "<ScenarioFile churn.py>" in own
    assert "<GuaranteeItem turns>" in own
    assert "<GuaranteeItem reminders>" in own
    assert "test_scenarios.py" in tests
    assert "GuaranteeItem" not in tests


def test_workers_of_xdist_share_no_scenario(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, *RUN, "-n", "2", "--dist", "load")
    assert code == 0, said
    assert (tmp_path / "runs").read_text() == "churn\n"


def test_a_run_on_each_worker_is_refused(tmp_path: Path) -> None:
    code, said = _pytest(tmp_path, *RUN, "-n", "2", "--dist", "each")
    assert code != 0
    assert "choose another --dist" in said
    assert not (tmp_path / "runs").exists()
