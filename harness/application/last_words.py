"""LastWords: how an application's output ends, for whoever has to find out why it can't be judged."""

from __future__ import annotations

from pathlib import Path

LAST_LINES = 8


def last_words(*logs: Path) -> str:
    """The last lines of the one that was written last, in one line."""
    texts = [log.read_text("utf-8", errors="replace") for log in sorted(logs, key=lambda log: log.stat().st_mtime_ns)]
    lines = [line.strip() for line in (texts or [""])[-1].splitlines() if line.strip()]
    return f"it said last: {' | '.join(lines[-LAST_LINES:])}" if lines else "it said nothing"
