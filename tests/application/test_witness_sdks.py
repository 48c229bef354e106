"""What an application that is written with an SDK says, and hears, is the same on either side of its witness."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = 200
SEEN = re.compile(r"^  (\w+): (\d+) connections, (\d+) bytes, (\d+) connections changed$", re.MULTILINE)


def test_calls_and_what_they_ask_of_the_sidecar_go_through_unchanged() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.witness_sdks", "--requests", str(CALLS), "python-fastapi"],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
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
