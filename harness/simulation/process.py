"""Process: one simulated process. Whatever runs in its context stands still while it is paused and ends with it.

A SIGSTOP holds back every callback of the process, wherever it stands, and a SIGKILL drops them: what is in memory is
gone at once, and nothing is told of it. What is on its way between processes belongs to none of them.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

CURRENT: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


class Breakable(Protocol):
    """Something that ends when the process that it leads to does."""

    def broken(self, how: str) -> None: ...


class Callback(Protocol):
    """What becomes due."""

    def perform(self) -> None: ...

    def drop(self) -> None: ...


class Loop(Protocol):
    """What a process needs of the loop: its tasks and futures, and callbacks that become due once more."""

    def create_future(self) -> asyncio.Future[Any]: ...

    def create_task(
        self, coro: Coroutine[Any, Any, object], *, name: str | None = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[object]: ...

    def again(self, callbacks: Iterable[Any]) -> None: ...


class Process:
    """A process, known by its context: `spawn` runs a coroutine in it. `failed` is told of what goes wrong there.

    Attributes:
        paused: it is stopped; what becomes due meanwhile waits in its backlog.
        dead: it is gone; what becomes due is dropped.
        listening: it accepts connections.
        stopping: set when it is asked to end.
        exited: the exit code, negative for a signal.
        open: the calls that it serves, in the order in which they came.
    """

    def __init__(self, name: str, *, pid: int, loop: Loop, failed: Callable[[BaseException], None]) -> None:
        self.name = name
        self.pid = pid
        self.paused = False
        self.dead = False
        self.listening = False
        self.ready = False
        self.stopping = asyncio.Event()
        self.exited: asyncio.Future[int] = loop.create_future()
        self.open: dict[Breakable, None] = {}
        self.at_exit: list[Callable[[], None]] = []
        self._loop = loop
        self._failed = failed
        self._backlog: list[Callback] = []
        self._context = contextvars.copy_context()
        self._context.run(CURRENT.set, self)

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run a coroutine in this process; what it raises fails the run."""
        task = self.serve(work)
        task.add_done_callback(self._ended)
        return task

    def serve(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run a coroutine in this process that raises nothing."""
        return self._loop.create_task(work, context=self._context)

    def _ended(self, task: asyncio.Task[object]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    def hold(self, callback: Callback) -> None:
        """Keep what becomes due while the process is stopped."""
        self._backlog.append(callback)

    def resume(self) -> None:
        """Go on: what became due meanwhile runs now, in the order in which it did."""
        self.paused = False
        backlog, self._backlog = self._backlog, []
        self._loop.again(backlog)

    def end(self, code: int) -> None:
        """The process is gone: connections to it break, and nothing of it runs any more."""
        if self.dead:
            return
        self.dead = True
        self.listening = False
        for callback in self._backlog:
            callback.drop()
        self._backlog.clear()
        for call in list(self.open):
            call.broken("closed")
        self.open.clear()
        for clean in self.at_exit:
            clean()
        self.exited.set_result(code)
