"""Waiting for what nobody tells of: a condition is asked again and again, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 120.0


def until(condition: Callable[[], bool], *, timeout_s: float = DEADLINE_S, what: str = "it took too long") -> None:
    """Fail, with `what`, when the condition does not come true."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
