"""VirtualLoop: an event loop whose time jumps to the next timer as soon as nothing is ready.

It waits for nothing outside: no selector, no threads. Callbacks run in the order in which they became ready, timers in
the order of their time and then of their making, so a run is the same each time. Callbacks of a simulated process are
held back or dropped with it (see `process`).

What killed processes leave behind is collected at fixed points only: Python's own collector would run their `finally`
blocks whenever it likes.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from typing import Any, TypeVar

from actorproof.harness.errors import ClusterError
from actorproof.harness.simulation.process import CURRENT, Process

T = TypeVar("T")
START_NS = 1_000_000_000_000
COLLECT_EVERY = 200_000
_S_NS = 1_000_000_000


class StandstillError(ClusterError):
    """Nothing is ready and no timer is set: everything waits for everything else."""


class _Handle(asyncio.TimerHandle):
    """A callback that knows its process."""

    __slots__ = ("_process", "starts")

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        context: Context | None,
    ) -> None:
        # As the base classes do, without a call for each of them: there are many.
        self._context = context if context is not None else copy_context()
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None
        self._when = when
        self._scheduled = False
        self._process: Process | None = self._context.get(CURRENT)
        self.starts: Coroutine[Any, Any, object] | None = None

    def perform(self) -> None:
        """Run it, unless it was cancelled or its process doesn't run."""
        if self._cancelled:
            return
        process = self._process
        if process is not None:
            if process.dead:
                self.drop()
                return
            if process.paused:
                process.hold(self)
                return
        self._run()

    def drop(self) -> None:
        """Its process is gone: it never runs."""
        if self.starts is not None:
            self.starts.close()  # a coroutine that nobody ever began would be warned of


class VirtualLoop(asyncio.BaseEventLoop):
    """See the module. `now_ns` is its time in nanoseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = START_NS
        self._soon: deque[_Handle] = deque()
        self._timers: list[tuple[int, int, _Handle]] = []
        self._number = 0
        self._performed = 0
        self._nowhere = Context()

    def time(self) -> float:
        """Seconds since the simulation's own beginning of time."""
        return self.now_ns / _S_NS

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        handle = _Handle(0.0, callback, args, self, context)
        self._soon.append(handle)
        return handle

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Only a signal handler of the real process uses it."""
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self._set(self.now_ns + max(0, round(delay * _S_NS)), callback, args, context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self._set(round(when * _S_NS), callback, args, context)

    def outside(self, delay_s: float, callback: Callable[..., object], *args: object) -> None:
        """Call later, in no process: for what is on its way between two."""
        self._set(self.now_ns + round(delay_s * _S_NS), callback, args, self._nowhere)

    def again(self, callbacks: Iterable[_Handle]) -> None:
        """Let callbacks that a process kept become due once more."""
        self._soon.extend(callbacks)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        # A killed process leaves its tasks as they stand; that is no mistake to be told of.
        if isinstance(coro, Coroutine):
            self._soon[-1].starts = coro
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
        return task

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """Run something to its end, with the garbage collector off but for the loop's own collections."""
        was_on = gc.isenabled()
        gc.disable()
        gc.freeze()
        try:
            return super().run_until_complete(future)
        finally:
            gc.unfreeze()
            if was_on:
                gc.enable()

    def _set(
        self, when_ns: int, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> asyncio.TimerHandle:
        handle = _Handle(when_ns / _S_NS, callback, args, self, context)
        self._number += 1
        heapq.heappush(self._timers, (when_ns, self._number, handle))
        return handle

    def _run_once(self) -> None:
        soon = self._soon
        if not soon:
            self._jump()
        self._performed += len(soon)
        if self._performed > COLLECT_EVERY:
            self._performed = 0
            gc.collect()
        for _ in range(len(soon)):
            soon.popleft().perform()

    def _jump(self) -> None:
        """Move time to the next timer."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not timers:
            raise StandstillError("the simulation stands still: nothing is ready and no timer is set")
        self.now_ns = max(self.now_ns, timers[0][0])
        while timers and timers[0][0] <= self.now_ns:
            self._soon.append(heapq.heappop(timers)[2])

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing to count: a cancelled timer is passed over when its time comes."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def _process_events(self, event_list: object) -> None:
        """There are none from outside."""


def virtual_loop() -> VirtualLoop:
    """The virtual loop that runs now."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise ClusterError("a simulation runs in virtual time only: start it with the simulated driver's run")
    return loop
