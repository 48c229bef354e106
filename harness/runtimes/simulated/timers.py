"""Timers of the actors that one host holds: kept in its memory, and gone with the instance that registered them.

A callback is a turn like any other. When it has ended, whether it failed or not, the next period begins. The time to
live counts from the first due time, as Dapr's does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import msgspec

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.runtimes.simulated.bugs import Bugs
from actorproof.harness.subjects.timers import TimerRequest

RETRY_S = 0.1
_S_NS = 1_000_000_000
_EARLY_NS = 200_000_000  # of a bug: how much too early


@dataclass(slots=True, kw_only=True, eq=False)
class Timer:
    """One registered timer: when its next tick is due, and how many are left (None: no end)."""

    request: TimerRequest
    due_ns: int
    left: int | None
    until_ns: int | None


@dataclass(slots=True, kw_only=True, eq=False)
class Owned:
    """The timers of one instance, by name; `over` once the instance is given back."""

    timers: dict[str, Timer] = field(default_factory=dict)
    over: bool = False


Fire = Callable[[Callable[[], bool], TimerRequest, bytes], Awaitable[bool | None]]
"""Runs a callback if it is still wanted then; whether it completed, None when no turn was begun."""


def start(
    owned: Owned,
    request: TimerRequest,
    *,
    fire: Fire,
    spawn: Callable[[Coroutine[Any, Any, None]], object],
    loop: VirtualLoop,
    bugs: Bugs,
) -> None:
    """Register a timer, in place of one of the same name."""
    due_ns = loop.now_ns + round(request.due_s * _S_NS)
    timer = Timer(
        request=request,
        due_ns=due_ns - (_EARLY_NS if bugs.on("timer-early") else 0),
        left=1 if request.period_s is None else request.repetitions,
        until_ns=None if request.ttl_s is None else due_ns + round(request.ttl_s * _S_NS),
    )
    if bugs.on("timer-repetitions-ignored") and request.period_s is not None:
        timer.left = None
    if bugs.on("timer-ttl-ignored"):
        timer.until_ns = None
    owned.timers[request.name] = timer
    spawn(_run(owned, timer, fire=fire, loop=loop, bugs=bugs))


def stop(owned: Owned, name: str, *, bugs: Bugs) -> None:
    """Unregister a timer, if there is one."""
    if not bugs.on("timer-unregister-without-effect"):
        owned.timers.pop(name, None)


async def _run(owned: Owned, timer: Timer, *, fire: Fire, loop: VirtualLoop, bugs: Bugs) -> None:
    """Fire each tick when it is due, for as long as the timer is wanted."""

    def wanted() -> bool:
        alive = not owned.over or bugs.on("timer-outlives-its-actor")
        return alive and owned.timers.get(timer.request.name) is timer

    while timer.left != 0 and (timer.until_ns is None or timer.due_ns < timer.until_ns):
        await asyncio.sleep(max(0, timer.due_ns - loop.now_ns) / _S_NS)
        if not wanted():
            return
        completed = await fire(wanted, timer.request, _body(timer.request, bugs))
        if completed is None:
            await asyncio.sleep(RETRY_S)
            continue
        if not completed and bugs.on("timer-removed-by-a-failing-callback"):
            break
        if timer.left is not None:
            timer.left -= 1
        period_ns = round((timer.request.period_s or 0.0) * _S_NS)
        began_ns = timer.due_ns if bugs.on("timer-at-a-fixed-rate") else loop.now_ns
        timer.due_ns = began_ns + period_ns
    if owned.timers.get(timer.request.name) is timer:
        del owned.timers[timer.request.name]


def _body(request: TimerRequest, bugs: Bugs) -> bytes:
    return msgspec.json.encode(
        {
            "callback": "" if bugs.on("timer-callback-lost") else request.callback,
            "data": None if bugs.on("timer-payload-lost") else request.data,
            "dueTime": f"{request.due_s:g}s",
            "period": "" if request.period_s is None else f"{request.period_s:g}s",
        }
    )
