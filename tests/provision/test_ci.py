"""How .ci/run and `make verify` carry actorproof's own exit code through make, with fakes for make and actorproof."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from actorproof.harness.drivers.process.guardian import is_alive
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]

FAKE_MAKE = """#!/bin/sh
echo "$@" >> made.txt
case "$*" in
    verify*) {verifying}; {keep}; exit {status} ;;
    '{failing}'*) exit {failed} ;;
esac
"""


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def started(
    root: Path,
    *,
    code: int | None,
    failing: str = "nothing",
    failed: int = 2,
    engine: str = "off",
    verifying: str = "true",
) -> subprocess.Popen[str]:
    """Start .ci/run where `make verify` is `verifying`, and ends with actorproof's `code` (None: without any)."""
    (root / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "run", root / ".ci" / "run")
    # What an earlier run left must not count for this one.
    script(root / "reports" / "out" / "verify-process.code", "0\n")
    keep = "true" if code is None else f'echo {code} > "$VERIFY_CODE"'
    status = 0 if code == 0 else 2
    fake = FAKE_MAKE.format(verifying=verifying, keep=keep, status=status, failing=failing, failed=failed)
    script(root / "bin" / "make", fake)
    if engine == "on":
        script(root / "bin" / "docker", "#!/bin/sh\nexit 0\n")
    path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [root / ".ci" / "run"],
        env=os.environ | {"PATH": path, "ACTORPROOF_CI_ENGINE": engine, "ACTORPROOF_CI_BROWSER": "off"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(run: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What it came to, and all that it said."""
    said, _ = run.communicate()
    return subprocess.CompletedProcess(run.args, run.returncode, said)


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        (0, 0, "result: passed"),
        (1, 1, "ended with 1: a guarantee is violated and no deviation names it"),
        (2, 0, "ended with 2: unknown"),
        (3, 1, "ended with 3: error"),
        (64, 1, "ended with 64: wrong usage"),
        (7, 1, "ended with 7: not an exit code of actorproof"),
        (None, 1, "ended with none"),
    ],
)
def test_ci_tells_the_outcomes_apart(tmp_path: Path, code: int | None, status: int, said: str) -> None:
    done = ended(started(tmp_path, code=code))
    assert done.returncode == status, done.stdout
    assert said in done.stdout
    made = (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(made) == ["lint", "setup", "test", "verify DRIVER=process"]
    assert "docker       LEFT OUT: ACTORPROOF_CI_ENGINE=off" in done.stdout


@pytest.mark.parametrize("failing", ["setup", "lint", "test"])
def test_ci_goes_on_after_a_failure_and_fails(tmp_path: Path, failing: str) -> None:
    done = ended(started(tmp_path, code=0, failing=failing))
    assert done.returncode == 1
    assert "result: failed" in done.stdout
    made = (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(made) == ["lint", "setup", "test", "verify DRIVER=process"]


@pytest.mark.parametrize(("failed", "told"), [(2, False), (124, True)])
def test_ci_tells_what_ran_beside_the_tests_where_make_was_ended(tmp_path: Path, failed: int, *, told: bool) -> None:
    script(tmp_path / "reports" / "out" / "test-beside.log", "this test hangs\n")
    result = ended(started(tmp_path, code=0, failing="test", failed=failed))
    assert result.returncode == 1
    assert ("this test hangs" in result.stdout) is told


# Until both drivers are verified, or for ten seconds.
BOTH = "for i in $(seq 100); do [ $(grep -c verify made.txt) = 2 ] && break; sleep 0.1; done; [ $i -lt 100 ] || exit 9"


@pytest.mark.parametrize(
    ("code", "told"), [(0, "passed"), (2, "UNKNOWN"), (1, "ended with 1: a guarantee is violated")]
)
def test_ci_verifies_on_both_drivers_at_once_where_an_engine_answers(tmp_path: Path, code: int, told: str) -> None:
    done = ended(started(tmp_path, code=code, engine="on", verifying=BOTH))
    assert done.returncode == (1 if code == 1 else 0), done.stdout
    made = (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines()
    assert made[:3] == ["setup", "images", "images STORE=postgres"]
    assert set(made[3:-1]) == {"lint", "verify DRIVER=process", "verify DRIVER=docker"}
    assert made[-1] == "test"
    summary = done.stdout.partition("== summary after ")[2]
    assert [driver for driver in ("process", "docker") if f"verify DRIVER={driver}" in summary] == ["process", "docker"]
    assert summary.count(told) >= 2, summary
    assert "LEFT OUT" not in done.stdout


def test_ci_that_is_ended_ends_what_it_verifies(tmp_path: Path) -> None:
    pids = tmp_path / "pids.txt"
    run = started(tmp_path, code=None, engine="on", verifying=f"echo $$ >> {pids}; exec sleep 600")
    until(lambda: pids.is_file() and len(pids.read_text().splitlines()) == 2, what="two verify")
    run.terminate()
    run.communicate(timeout=60)
    assert run.returncode != 0
    until(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()), what="they outlive it")


@pytest.mark.parametrize(
    ("failing", "said", "on_docker"),
    [
        ("images", "docker       LEFT OUT: its images can not be had", False),
        ("images STORE=postgres", "PostgreSQL   LEFT OUT", True),
    ],
)
def test_ci_says_so_where_an_engine_answers_and_lacks_images(
    tmp_path: Path, failing: str, said: str, *, on_docker: bool
) -> None:
    done = ended(started(tmp_path, code=0, engine="on", failing=failing))
    assert done.returncode == 0
    assert said in done.stdout
    assert ("verify DRIVER=docker" in (tmp_path / "made.txt").read_text(encoding="utf-8")) is on_docker


@pytest.mark.skipif(shutil.which("make") is None, reason="make is what is tested")
@pytest.mark.parametrize("code", [0, 1, 2, 3, 64])
def test_make_keeps_the_exit_code_of_verify(tmp_path: Path, code: int) -> None:
    shutil.copy2(ROOT / "Makefile", tmp_path / "Makefile")
    script(tmp_path / "bin" / "actorproof", f'#!/bin/sh\necho "$@" > said.txt\nexit {code}\n')
    argv = ["make", "--old-file=setup", "BIN=bin", "PROFILE=soak", "SEED=7", "DRIVER=docker", "verify"]
    # These tests run under `make test`, whose own settings must not reach this one.
    own = ("MAKE", "MFLAGS", "VERIFY_CODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    done = subprocess.run(argv, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if code == 0 else 2)
    assert (tmp_path / "reports" / "out" / "verify.code").read_text(encoding="utf-8") == f"{code}\n"
    assert (tmp_path / "said.txt").read_text(encoding="utf-8") == "verify --profile soak --seed 7 --driver docker\n"
