"""Command: a long command line with its output in a log, a heartbeat, and nothing left behind when interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Progress = Callable[[str], None]

BEAT_S = 15.0
SHOWN_LINES = 3
SHOWN_CHARACTERS = 400
ANSWER_TIMEOUT_S = 20.0


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    label: str,
    progress: Progress,
    beat_s: float = BEAT_S,
) -> int:
    """Run to the end and return the exit status; output goes to `log`, one progress line every `beat_s` seconds.

    The command gets a session of its own and is killed with all its children when this call is interrupted.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while True:
                try:
                    return process.wait(timeout=beat_s)
                except subprocess.TimeoutExpired:
                    last = tail(log, lines=1)
                    elapsed_s = time.monotonic() - began
                    progress(f"{label}: still at it after {elapsed_s:.0f} s" + (f" ({last})" if last else ""))
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def tail(log: Path, *, lines: int = SHOWN_LINES) -> str:
    """The last lines of a log, on one line."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    kept = [line.strip() for line in text.splitlines() if line.strip()][-lines:]
    return " / ".join(kept)[-SHOWN_CHARACTERS:]


def answer(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> str | None:
    """What a short command prints (both streams), or None when it can't run, fails, or takes over 20 s."""
    try:
        done = subprocess.run(
            argv,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=ANSWER_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", errors="replace").strip() if done.returncode == 0 else None
