"""Reminders: registered with the scheduler's leader, which has any sidecar deliver each tick."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actorproof.harness.runtimes.simulated.jobs import Registration
from actorproof.harness.runtimes.simulated.scheduler import Scheduler
from actorproof.harness.runtimes.simulated.sidecar.calls import OK, Call
from actorproof.harness.runtimes.simulated.sidecar.host import RETRY_LONGEST_S, Host
from actorproof.harness.runtimes.simulated.sidecar.routing import Routing

WATCH_S = 1.0
REGISTER_PATIENCE_S = 8.0


class Reminders:
    """A host's way to the scheduler, and back."""

    def __init__(self, host: Host, *, routing: Routing) -> None:
        self._host = host
        self._routing = routing

    async def register(self, actor: str, name: str, registration: Registration) -> bool:
        """Whether a reminder was registered."""
        return await self._ask_leader(lambda scheduler: scheduler.register(actor, name, registration))

    async def unregister(self, actor: str, name: str) -> bool:
        """Whether a reminder is not registered any more."""
        return await self._ask_leader(lambda scheduler: scheduler.unregister(actor, name))

    async def remind(self, actor: str, name: str, data: str, until_ns: int) -> bool:
        """Have a turn serve a tick, begun before `until_ns`; whether it did."""
        body = b'{"data":%b,"dueTime":"","period":""}' % data.encode()
        call = Call(actor=actor, cause="reminder", name=name, body=body, until_ns=until_ns)
        served = await self._routing.invoke(call)
        return served.status == OK

    async def watch(self) -> None:
        """Be known to every scheduler as one that can deliver."""
        host = self._host.name
        while True:
            for port, link in self._host.near.schedulers:
                await self._host.ask(port, lambda scheduler: scheduler.watch(host), link)
            await asyncio.sleep(WATCH_S)

    async def _ask_leader(self, serve: Callable[[Scheduler], Awaitable[bool | None]]) -> bool:
        """Ask each replica until the leader has done it."""
        deadline_ns = self._host.after_ns(REGISTER_PATIENCE_S)
        while self._host.loop.now_ns < deadline_ns:
            for port, link in self._host.near.schedulers:
                if await self._host.ask(port, serve, link):
                    return True
            await asyncio.sleep(RETRY_LONGEST_S)
        return False
