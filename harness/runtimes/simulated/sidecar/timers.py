"""Timers: kept in this host's memory, and gone with the activation whose turn registered them.

A callback is a turn like any other. When it has ended, whether it failed or not, the next period begins. The time to
live counts from the first due time, as Dapr's does.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Activations, Timer
from actorproof.harness.runtimes.simulated.sidecar.calls import OK, PATIENCE_S, Call
from actorproof.harness.runtimes.simulated.sidecar.host import S_NS, Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns
from actorproof.harness.subjects.timers import TimerRequest

RETRY_S = 0.1


class Timers:
    """The timers of the actors that live here."""

    def __init__(
        self, host: Host, *, ownership: Ownership, activations: Activations, turns: Turns, reentrancy: Reentrancy
    ) -> None:
        self._host = host
        self._ownership = ownership
        self._activations = activations
        self._turns = turns
        self._reentrancy = reentrancy

    async def register(self, actor: str, request: TimerRequest) -> bool:
        """Whether a timer was registered, in place of one of that name, for the activation whose turn runs now."""
        activation = self._activations.in_turn(actor)
        if activation is None or request.period_s == 0:
            return False
        timer = activation.timers[request.name] = self.timer(request)
        self._host.process.spawn(self._run(activation, timer))
        return True

    async def unregister(self, actor: str, name: str) -> bool:
        """Whether a timer is not registered any more."""
        activation = self._activations.in_turn(actor)
        if activation is None:
            return False
        self.stop(activation, name)
        return True

    # ---- steps

    def timer(self, request: TimerRequest) -> Timer:
        """What a registration asks for: its ticks count from now."""
        due_ns = self._host.after_ns(request.due_s)
        return Timer(
            request=request,
            due_ns=due_ns,
            left=1 if request.period_s is None else request.repetitions,
            until_ns=None if request.ttl_s is None else due_ns + round(request.ttl_s * S_NS),
        )

    def stop(self, activation: Activation, name: str) -> None:
        """An unregistered timer fires no more."""
        activation.timers.pop(name, None)

    def wanted(self, activation: Activation, timer: Timer) -> bool:
        """Whether a timer's activation lives, and has it still."""
        return not activation.gone and activation.timers.get(timer.request.name) is timer

    async def fire(self, activation: Activation, timer: Timer) -> bool | None:
        """Run a callback in a turn of its own; whether it completed, None when none was begun."""
        call = Call(
            actor=activation.actor,
            cause="timer",
            name=timer.request.name,
            body=self.body(timer.request),
            until_ns=self._host.after_ns(PATIENCE_S),
        )
        async with self.lock(activation, call):
            if not self.wanted(activation, timer) or not self._ownership.owns(call):
                return None
            served = await self._reentrancy.enter(activation, call)
        return None if served.again else served.status == OK

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:
        """What a callback has to wait for, as every turn."""
        return self._turns.lock(activation, call)

    def next_due_ns(self, timer: Timer) -> int:
        """When the next tick is due: a period after the callback has finished."""
        return self._host.after_ns(timer.request.period_s or 0.0)

    def body(self, request: TimerRequest) -> bytes:
        """What the callback is told: all that was registered."""
        return msgspec.json.encode(
            {
                "callback": request.callback,
                "data": None if request.data is msgspec.UNSET else request.data,
                "dueTime": f"{request.due_s:g}s",
                "period": "" if request.period_s is None else f"{request.period_s:g}s",
            }
        )

    async def _run(self, activation: Activation, timer: Timer) -> None:
        """Fire each tick when it is due, for as long as the timer is wanted."""
        while timer.left != 0 and (timer.until_ns is None or timer.due_ns < timer.until_ns):
            await asyncio.sleep(max(0, timer.due_ns - self._host.loop.now_ns) / S_NS)
            if not self.wanted(activation, timer):
                return
            if await self.fire(activation, timer) is None:
                await asyncio.sleep(RETRY_S)
                continue
            if timer.left is not None:
                timer.left -= 1
            timer.due_ns = self.next_due_ns(timer)
        if activation.timers.get(timer.request.name) is timer:
            del activation.timers[timer.request.name]
