"""OrderActor: an order that is cancelled when nobody pays. ``actorproof run ./examples/seeds/order_actor.py``

Up to the line is what an application has (``uvicorn order_actor:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

PAYMENT_TIMEOUT = timedelta(seconds=3)


class OrderActorInterface(ActorInterface):
    @actormethod(name="CreateOrder")
    async def create_order(self, data: dict[str, Any]) -> dict[str, Any]: ...

    @actormethod(name="GetOrder")
    async def get_order(self) -> dict[str, Any] | None: ...

    @actormethod(name="PayOrder")
    async def pay_order(self) -> bool: ...

    @actormethod(name="CancelOrder")
    async def cancel_order(self) -> bool: ...


class OrderActor(Actor, OrderActorInterface, Remindable):
    """One order's life. Without Remindable its reminder would be refused: the SDK asks for it."""

    async def create_order(self, data: dict[str, Any]) -> dict[str, Any]:
        order = {"id": self.id.id, "status": "created", "items": data.get("items", []), "total": data.get("total", 0)}
        await self._state_manager.set_state("order", order)
        # No period at all: a period of zero is no single reminder on 1.18.2, it fires hundreds of times a second.
        await self.register_reminder("payment-timeout", b"", PAYMENT_TIMEOUT)
        return {"id": self.id.id, "status": "created"}

    async def get_order(self) -> dict[str, Any] | None:
        found, order = await self._state_manager.try_get_state("order")
        return order if found else None

    async def pay_order(self) -> bool:
        return await self._become("paid", ("created",))

    async def cancel_order(self) -> bool:
        return await self._become("cancelled", ("created", "cancelled"))

    async def receive_reminder(
        self, name: str, _state: bytes, _due: timedelta, _period: timedelta, _ttl: timedelta | None = None
    ) -> None:
        if name == "payment-timeout":
            await self._become("cancelled", ("created",))

    async def _become(self, status: str, before: tuple[str, ...]) -> bool:
        _, order = await self._state_manager.try_get_state("order")
        if not order or order["status"] not in before:
            return False
        await self._state_manager.set_state("order", {**order, "status": status})
        await self.unregister_reminder("payment-timeout")
        return True


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(OrderActor)
    yield


app = FastAPI(lifespan=lifespan)

# ---------------------------------------------------------------------------------------------------------------------

import json

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.native import native, reads, writes
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ORDER = native(OrderActor, writes("CreateOrder"), reads("GetOrder"), writes("PayOrder"), writes("CancelOrder"))


def plan(setting: Setting) -> Plan:
    """Orders that are paid in time and orders that are not; a host dies before the time is over."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        orders = [f"OrderActor/{kind}-{cycles}-{n}" for kind in ("paid", "unpaid") for n in range(3)]
        for order in orders:
            planner.send(order, "CreateOrder", json.dumps({"items": ["tea"], "total": 3}))
        planner.hold(0.5)
        for order in orders:
            if "/paid" in order:
                planner.send(order, "PayOrder", callers=2)
            planner.send(order, "GetOrder", callers=3)
        planner.hold(0.5)
        planner.fault("kill", planner.host(), for_s=1.0)
        planner.hold(PAYMENT_TIMEOUT.total_seconds() + 12.0)
        for order in orders:
            planner.send(order, "GetOrder")

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="order-actor",
    summary="orders that nobody pays are cancelled by a reminder, though a host is killed before",
    guarantees=("turns", "durability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk"),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 8, "standard": 60, "soak": 600},
    subjects=(ORDER,),
)
