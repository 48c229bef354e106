"""Programs under test start with default signals: a script's background and nohup hand ignored ones down to them."""

from __future__ import annotations

import signal


def default_signals() -> None:
    """For `preexec_fn`: as in a terminal's foreground, whatever these tests were started with."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
