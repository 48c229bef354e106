"""Processes: tasks in several processes of this machine, which leave nothing behind however they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from actorproof.harness.drivers.process.guardian import PR_SET_PDEATHSIG, prctl
from actorproof.harness.errors import ClusterError
from actorproof.harness.fanout.port import Result, Task

MOST_LOSSES = 3
AHEAD = 2
"""So many tasks a process are handed out at most, so that little is performed again after a loss."""


class Processes:
    """As many processes as asked for."""

    def __init__(self, at_once: int) -> None:
        self.again = 0
        self._at_once = at_once

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """See the port."""
        waiting = list(range(len(tasks)))[::-1]
        losses = 0
        while waiting:
            lost: set[int] = set()
            for done in self._pooled(function, tasks, waiting, lost):
                losses = 0
                yield done
            if lost:
                # Which of them took the process down is not known: all that were handed out are performed again.
                losses += 1
                self.again += len(lost)
                if losses == MOST_LOSSES:
                    raise ClusterError(f"processes ended {losses} times over the same tasks: see that memory suffices")
                waiting += sorted(lost, reverse=True)

    def _pooled(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], waiting: list[int], lost: set[int]
    ) -> Iterator[Result]:
        """Results until all are there, or a process is lost, with the tasks that were handed out then in `lost`."""
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(
            self._at_once,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(os.getpid(),),
        )
        out: dict[Future[Result], int] = {}
        whole = False
        try:
            while waiting or out:
                while waiting and len(out) < AHEAD * self._at_once and not lost:
                    task = waiting.pop()
                    try:
                        out[pool.submit(function, tasks[task])] = task
                    except BrokenProcessPool:
                        lost.add(task)
                for future in wait(out, return_when=FIRST_COMPLETED).done if out else ():
                    task = out.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        lost.add(task)
                    else:
                        yield future.result()
                if lost and not out:
                    break
            whole = True
        finally:
            if not whole:
                for process in set(multiprocessing.active_children()) - before:
                    process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(parent: int) -> None:
    """Have a process end with the one that it works for: the kernel sends it SIGTERM then."""

    def ended(number: int, _: object) -> None:
        """End at once, whatever catches exceptions here."""
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; whoever started this process ends it
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
