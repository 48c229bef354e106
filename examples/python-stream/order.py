"""Orders: actors that hear of their turns over a gRPC stream, with Dapr's Python SDK. Nothing here knows of Actorproof.

MISTAKE=answers-early breaks them on purpose: status is answered before its work has ended.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any

from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.actor.runtime.config import ActorRuntimeConfig
from dapr.actor.runtime.grpc_host import ActorGrpcHost
from dapr.actor.runtime.runtime import ActorRuntime

TIMEOUT = "payment-timeout"
EARLY = "answers-early"
MISTAKE = os.environ.get("MISTAKE", "")
if MISTAKE not in {"", EARLY}:
    raise SystemExit(f"MISTAKE is {MISTAKE!r}: choose {EARLY}, or none")

tasks: set[asyncio.Task[None]] = set()


class OrderInterface(ActorInterface):
    """What an order can be asked."""

    @actormethod(name="create")
    async def create(self, data: dict[str, Any]) -> dict[str, Any]:
        """Make it an order for `item`, to be paid within a while."""

    @actormethod(name="pay")
    async def pay(self) -> dict[str, Any]:
        """Pay it."""

    @actormethod(name="status")
    async def status(self) -> dict[str, Any]:
        """Tell what it is."""

    @actormethod(name="refuse")
    async def refuse(self) -> None:
        """Fail each time."""


class OrderActor(Actor, OrderInterface, Remindable):
    """One order. One that nobody pays in time is cancelled."""

    async def create(self, data: dict[str, Any]) -> dict[str, Any]:
        """Store the order, and have it cancelled in a while."""
        order = {"status": "new", "item": data["item"]}
        await self._state_manager.set_state("order", order)
        await self.register_reminder(TIMEOUT, data["item"].encode(), timedelta(seconds=3))
        return order

    async def pay(self) -> dict[str, Any]:
        """Store that it was paid; it is not cancelled any more."""
        order = await self._order()
        if order["status"] == "new":
            order = {**order, "status": "paid"}
            await self._state_manager.set_state("order", order)
            await self.unregister_reminder(TIMEOUT)
        return order

    async def status(self) -> dict[str, Any]:
        """Tell the order as it is stored."""
        if MISTAKE == EARLY:
            task = asyncio.create_task(self._save_later())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return await self._order()

    async def refuse(self) -> None:
        """Fail each time, as a caller has to be told, after a change that is not to stay."""
        await self._state_manager.set_state("order", {**await self._order(), "status": "refused"})
        raise ValueError("an order is not refused")

    async def receive_reminder(
        self, name: str, state: bytes, due_time: timedelta, period: timedelta, ttl: timedelta | None = None
    ) -> None:
        """Cancel the order if nobody has paid it."""
        del state, due_time, period, ttl
        order = await self._order()
        if name == TIMEOUT and order["status"] == "new":
            await self._state_manager.set_state("order", {**order, "status": "cancelled"})

    async def _order(self) -> dict[str, Any]:
        _, order = await self._state_manager.try_get_state("order")
        return order or {"status": "none"}

    async def _save_later(self) -> None:
        """The mistake: it saves while no turn of the actor is open."""
        await asyncio.sleep(0.1)
        await self._state_manager.set_state("asked", 1)
        await self._state_manager.save_state()


ActorRuntime.set_actor_config(
    ActorRuntimeConfig(
        actor_idle_timeout=timedelta(seconds=20),
        drain_ongoing_call_timeout=timedelta(seconds=4),
        drain_rebalanced_actors=True,
    )
)


async def main() -> None:
    """Host the actors until the process ends."""
    host = ActorGrpcHost()
    await host.register_actor(OrderActor)
    await host.run_forever()


if __name__ == "__main__":
    asyncio.run(main())
