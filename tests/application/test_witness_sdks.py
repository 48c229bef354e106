"""What an application that is written with an SDK says, and hears, is the same on either side of its witness."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from actorproof.harness.drivers.process.guardian import children_of, is_alive
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
CALLS = 200
COMMAND = (sys.executable, "-m", "benchmarks.witness_sdks", "--sdk", "python-fastapi")
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
SEEN = re.compile(r"^  (\w+): (\d+) connections, (\d+) bytes, (\d+) connections changed$", re.MULTILINE)


def test_calls_and_what_they_ask_of_the_sidecar_go_through_unchanged() -> None:
    done = subprocess.run(
        [*COMMAND, "--requests", str(CALLS)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CALLS} calls ({{200: {CALLS}}})" in done.stdout
    seen = {name: (int(count), int(size), int(changed)) for name, count, size, changed in SEEN.findall(done.stdout)}
    for name in ("calls", "HTTP"):
        count, size, changed = seen[name]
        assert (count > 0, size > CALLS * 100, changed) == (True, True, 0), done.stdout


def test_a_kill_leaves_neither_the_witness_nor_the_application() -> None:
    with subprocess.Popen(
        [*COMMAND, "--requests", "1000000"], env=ENVIRONMENT, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        next(line for line in running.stderr if re.search(r": [1-9]\d* of", line))
        started = children_of({running.pid})
        assert len(started) >= len({"guardian", "witness", "application"})
        running.kill()
    until(lambda: not any(map(is_alive, started)), timeout_s=10.0, what="what it had started is still there")
