"""Heartbeat: a timer that beats while its actor is active. ``actorproof run ./examples/seeds/heartbeat.py``

Up to the line is what an application has (``uvicorn heartbeat:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from dapr.actor import Actor, ActorInterface, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

DUE, PERIOD, TTL = timedelta(seconds=1), timedelta(seconds=1), timedelta(seconds=3)


class HeartbeatInterface(ActorInterface):
    @actormethod(name="Beats")
    async def beats(self) -> int: ...


class Heartbeat(Actor, HeartbeatInterface):
    count = 0

    async def _on_activate(self) -> None:
        # The callback is the method itself, not its name, and a state has to be given.
        await self.register_timer("heartbeat", self.beat, None, DUE, PERIOD, TTL)

    async def _on_deactivate(self) -> None:
        await self.unregister_timer("heartbeat")

    async def beat(self, _state: object) -> None:
        self.count += 1

    async def beats(self) -> int:
        return self.count


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(Heartbeat)
    yield


app = FastAPI(lifespan=lifespan)

# ---------------------------------------------------------------------------------------------------------------------

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.native import native, neither
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

HEARTBEAT = native(Heartbeat, neither("Beats"))


def plan(setting: Setting) -> Plan:
    """Activate, look when the time to live is over, look again while active, and once more after idleness."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        hearts = [f"Heartbeat/{cycles}-{number}" for number in range(4)]
        for pause_s in (6.0, 1.5, 5.0):
            for heart in hearts:
                planner.send(heart, "Beats", callers=2)
            planner.hold(pause_s)
        for heart in hearts:
            planner.send(heart, "Beats")

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="heartbeat",
    summary="a timer beats until its time to live is over, and begins anew with the next activation",
    guarantees=("turns", "activation", "lifecycle"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk", idle_timeout_s=3.0),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 8, "standard": 60, "soak": 600},
    subjects=(HEARTBEAT,),
)
