"""How .ci/run and `make verify` carry actorproof's own exit code through make, with fakes for make and actorproof."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAKE_MAKE = """#!/bin/sh
echo "$@" >> made.txt
case "$*" in
    verify*) mkdir -p reports/out; {keep}; exit {status} ;;
    '{failing}'*) exit {failed} ;;
esac
"""


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def ci(
    root: Path, *, code: int | None, failing: str = "nothing", failed: int = 2, engine: str = "off"
) -> subprocess.CompletedProcess[str]:
    """Run .ci/run where `make verify` ends with actorproof's `code` (None: before actorproof came to an end)."""
    (root / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "run", root / ".ci" / "run")
    # What an earlier run left must not count for this one.
    script(root / "reports" / "out" / "verify.code", "0\n")
    keep = "true" if code is None else f"echo {code} > reports/out/verify.code"
    fake = FAKE_MAKE.format(keep=keep, status=0 if code == 0 else 2, failing=failing, failed=failed)
    script(root / "bin" / "make", fake)
    path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [root / ".ci" / "run"],
        env=os.environ | {"PATH": path, "ACTORPROOF_CI_ENGINE": engine, "ACTORPROOF_CI_BROWSER": "off"},
        capture_output=True,
        text=True,
        check=False,
    )


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
    done = ci(tmp_path, code=code)
    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout
    made = (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines()
    assert made == ["lint", "test", "verify DRIVER=process"]
    assert "docker       LEFT OUT: ACTORPROOF_CI_ENGINE=off" in done.stdout


@pytest.mark.parametrize("failing", ["lint", "test"])
def test_ci_goes_on_after_a_failure_and_fails(tmp_path: Path, failing: str) -> None:
    done = ci(tmp_path, code=0, failing=failing)
    assert done.returncode == 1
    assert "result: failed" in done.stdout
    made = (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines()
    assert made == ["lint", "test", "verify DRIVER=process"]


@pytest.mark.parametrize(("failed", "told"), [(2, False), (124, True)])
def test_ci_tells_what_ran_beside_the_tests_where_make_was_ended(tmp_path: Path, failed: int, *, told: bool) -> None:
    script(tmp_path / "reports" / "out" / "test-beside.log", "this test hangs\n")
    result = ci(tmp_path, code=0, failing="test", failed=failed)
    assert result.returncode == 1
    assert ("this test hangs" in result.stdout) is told


def test_ci_verifies_on_both_drivers_where_an_engine_answers(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "docker", "#!/bin/sh\nexit 0\n")
    done = ci(tmp_path, code=0, engine="on")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "made.txt").read_text(encoding="utf-8").splitlines() == [
        *("lint", "images", "images STORE=postgres", "test"),
        *("verify DRIVER=process", "verify DRIVER=docker"),
    ]
    assert "LEFT OUT" not in done.stdout


def test_ci_says_so_where_an_engine_answers_and_has_no_images(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "docker", "#!/bin/sh\nexit 0\n")
    done = ci(tmp_path, code=0, engine="on", failing="images")
    assert done.returncode == 0
    assert "docker       LEFT OUT: its images can not be had" in done.stdout
    assert "verify DRIVER=docker" not in (tmp_path / "made.txt").read_text(encoding="utf-8")


def test_ci_says_so_where_the_image_of_postgres_is_not_to_be_had(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "docker", "#!/bin/sh\nexit 0\n")
    done = ci(tmp_path, code=0, engine="on", failing="images STORE=postgres")
    assert done.returncode == 0
    assert "PostgreSQL   LEFT OUT" in done.stdout
    assert "verify DRIVER=docker" in (tmp_path / "made.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is what is tested")
@pytest.mark.parametrize("code", [0, 1, 2, 3, 64])
def test_make_keeps_the_exit_code_of_verify(tmp_path: Path, code: int) -> None:
    shutil.copy2(ROOT / "Makefile", tmp_path / "Makefile")
    script(tmp_path / "bin" / "actorproof", f'#!/bin/sh\necho "$@" > said.txt\nexit {code}\n')
    argv = ["make", "--old-file=setup", "BIN=bin", "PROFILE=soak", "SEED=7", "DRIVER=docker", "verify"]
    # These tests run under `make test`, whose own settings must not reach this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(argv, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if code == 0 else 2)
    assert (tmp_path / "reports" / "out" / "verify.code").read_text(encoding="utf-8") == f"{code}\n"
    assert (tmp_path / "said.txt").read_text(encoding="utf-8") == "verify --profile soak --seed 7 --driver docker\n"
