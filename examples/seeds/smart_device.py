"""SmartDevice: one device that knows its status. ``actorproof run ./examples/seeds/smart_device.py``

Up to the line is what an application has: an interface, an actor and FastAPI, as Dapr's Python SDK wants them
(``uvicorn smart_device:app``). Below it stands what Actorproof needs to judge it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dapr.actor import Actor, ActorInterface, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI


class SmartDeviceInterface(ActorInterface):
    @actormethod(name="SetStatus")
    async def set_status(self, status: dict[str, Any]) -> None: ...

    @actormethod(name="GetStatus")
    async def get_status(self) -> dict[str, Any] | None: ...


class SmartDevice(Actor, SmartDeviceInterface):
    async def set_status(self, status: dict[str, Any]) -> None:
        await self._state_manager.set_state("status", status)
        await self._state_manager.save_state()

    async def get_status(self) -> dict[str, Any] | None:
        found, status = await self._state_manager.try_get_state("status")
        return status if found else None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(SmartDevice)
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

DEVICE = native(
    SmartDevice, writes("SetStatus", function="write"), reads("GetStatus", function="read"), model="register"
)


def plan(setting: Setting) -> Plan:
    """Many set and ask the same devices, while a host dies and comes back."""
    planner = Planner(setting)

    def cycle() -> None:
        for degrees in (20, 21, 22):
            for number in range(4):
                planner.send(f"SmartDevice/thermostat-{number}", "SetStatus", json.dumps({"temp": degrees}), callers=2)
                planner.send(f"SmartDevice/thermostat-{number}", "GetStatus", callers=2)
            planner.hold(0.5)
        planner.fault("kill", planner.host(), for_s=2.0)
        planner.wait(2.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="smart-device",
    summary="devices are set and asked while hosts are killed",
    guarantees=("turns", "durability", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk"),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    duration_s={"quick": 8, "standard": 60, "soak": 600},
    subjects=(DEVICE,),
)
