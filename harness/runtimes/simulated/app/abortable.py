"""Abortable: a turn that its runtime can take back where it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class TurnAbortedError(Exception):
    """The runtime takes a turn back: it fails where it stands."""


class Abortable(Generic[T]):
    """Runs a coroutine; `abort` raises TurnAbortedError in it, at the point where it waits."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._task: asyncio.Task[Any] | None = None
        self.ended = asyncio.Event()
        self.aborted = False
        self._aborting = False

    def abort(self) -> None:
        if self._task is not None and not self.aborted:
            self.aborted = self._aborting = True
            self._task.cancel()

    async def run(self) -> T:
        """Run it to its end."""
        self._task = asyncio.current_task()
        try:
            return await self
        finally:
            self.ended.set()

    def __await__(self) -> Generator[Any, None, T]:
        work = self._work
        try:
            waits_for = work.send(None)
            while True:
                try:
                    yield waits_for
                except GeneratorExit:
                    work.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the turn
                    waits_for = work.throw(self._meant(error))
                else:
                    waits_for = work.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _meant(self, error: BaseException) -> BaseException:
        """The abort that a cancellation stands for, if it does."""
        if self._aborting and self._task is not None and isinstance(error, asyncio.CancelledError):
            self._aborting = False
            self._task.uncancel()
            return TurnAbortedError("taken back by the runtime")
        return error
