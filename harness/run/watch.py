"""Watch: keeps the screen of a run under way up to date, until the run has ended or nobody looks any more."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from types import FrameType

from rich.console import Console, Group
from rich.live import Live as LiveScreen
from rich.text import Text

from actorproof.harness.errors import ActorproofError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.live import Live, Tail
from actorproof.harness.run.so_far import SoFar, so_far
from actorproof.reports.watch import screen

REFRESH_S = 0.5
# The judgement takes longer with the run: it may use a tenth of one core.
JUDGE_EVERY_S = 8.0
JUDGE_SHARE = 10


class Watch:
    """One run under way, on a terminal."""

    def __init__(self, folder: RunFolder, *, console: Console | None = None) -> None:
        self._folder = folder
        self._console = console or Console()
        self._tail = Tail(folder.raw)
        self._live = Live()
        self._judged: SoFar | None = None
        self._parent = os.getppid()

    def show_once(self) -> None:
        """Print the screen as it is now, with what is broken so far."""
        self._judge()
        self._live.feed(self._tail.new())
        for line in self._lines():
            self._console.print(line)

    def show(self) -> None:
        """Keep the screen up to date until the run has ended or whoever runs it has, or Ctrl-C or SIGTERM comes."""
        signal.signal(signal.SIGTERM, _leave)
        threading.Thread(target=self._keep_judging, daemon=True).start()
        with (
            contextlib.suppress(KeyboardInterrupt),
            LiveScreen(console=self._console, screen=True, auto_refresh=False) as shown,
        ):
            while self._goes_on():
                self._live.feed(self._tail.new())
                shown.update(Group(*self._lines()), refresh=True)
                time.sleep(REFRESH_S)

    def _lines(self) -> list[Text]:
        judged = self._judged
        return screen(
            self._live,
            so_far=judged.lines if judged else (),
            broken=judged is not None and judged.violated,
            width=self._console.width,
            height=self._console.height,
        )

    def _goes_on(self) -> bool:
        owner = self._folder.read_info().owner
        runs = owner is None or owner.lives
        return runs and self._live.phase != "closed" and os.getppid() == self._parent

    def _keep_judging(self) -> None:
        while True:
            began_s = time.monotonic()
            self._judge()
            time.sleep(max(JUDGE_EVERY_S, JUDGE_SHARE * (time.monotonic() - began_s)))

    def _judge(self) -> None:
        try:
            self._judged = so_far(self._folder)
        except ActorproofError:
            return  # there is no history yet, or a journal that is just being written


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
