"""Orders: actors with Dapr's Python SDK and FastAPI, as its documentation has them. Nothing here knows of Actorproof.

actorproof test -f actorproof.toml
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.actor.runtime.config import ActorRuntimeConfig
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

TIMEOUT = "payment-timeout"


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
        return await self._order()

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


ActorRuntime.set_actor_config(
    ActorRuntimeConfig(
        actor_idle_timeout=timedelta(seconds=20),
        drain_ongoing_call_timeout=timedelta(seconds=4),
        drain_rebalanced_actors=True,
    )
)
app = FastAPI()
actors = DaprActor(app)


@app.on_event("startup")
async def register() -> None:
    """Register the actors before anybody asks for them."""
    await actors.register_actor(OrderActor)
