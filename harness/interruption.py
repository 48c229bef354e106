"""Interruption: the first Ctrl-C ends what is under way in good order; later ones change nothing.

Python's own handling lets a second Ctrl-C break the clean-up of the first, and then things are left behind and the exit
code is a signal's. Clean-up is bounded in time, so nothing is lost by waiting for it. Imports nothing heavy: it has to
be in place before anything else is loaded.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

_cancel: Callable[[], object] | None = None
_seen = False


def install() -> None:
    """Take over SIGINT for this process, unless whoever started it has it ignored."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _seen  # noqa: PLW0603 - there is one process, and one SIGINT
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _seen = True
    if _cancel is None:
        raise KeyboardInterrupt
    _cancel()


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`; an interruption cancels the work, which cleans up, and is then raised as KeyboardInterrupt."""
    import asyncio  # noqa: PLC0415 - see the module's docstring

    async def cancellable() -> T:
        global _cancel  # noqa: PLW0603 - as above
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        _cancel = lambda: loop.call_soon_threadsafe(task.cancel)  # noqa: E731 - a name for it says nothing more
        try:
            return await work
        except asyncio.CancelledError:
            if _seen:
                raise KeyboardInterrupt from None
            raise
        finally:
            _cancel = None

    return asyncio.run(cancellable())
