"""Two actors that call each other, and one that calls itself. ``actorproof run ./examples/seeds/reentrant_pair.py``

Up to the line is what an application has (``uvicorn reentrant_pair:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dapr.actor import Actor, ActorId, ActorInterface, ActorProxy, actormethod
from dapr.actor.runtime.config import ActorReentrancyConfig, ActorRuntimeConfig
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

MAX_STACK_DEPTH = 32


class AskingInterface(ActorInterface):
    @actormethod(name="Process")
    async def process(self, partner: str) -> str: ...

    @actormethod(name="Touch")
    async def touch(self) -> str: ...


class AnsweringInterface(ActorInterface):
    @actormethod(name="Compute")
    async def compute(self, asker: str) -> str: ...


class DiverInterface(ActorInterface):
    @actormethod(name="Dive")
    async def dive(self, turns: int) -> int: ...


class Asking(Actor, AskingInterface):
    async def process(self, partner: str) -> str:
        b = ActorProxy.create("Answering", ActorId(partner), AnsweringInterface)
        return f"A asked: {await b.Compute(self.id.id)}"

    async def touch(self) -> str:
        return "A is touched"


class Answering(Actor, AnsweringInterface):
    async def compute(self, asker: str) -> str:
        a = ActorProxy.create("Asking", ActorId(asker), AskingInterface)
        return f"B calls back: {await a.Touch()}"


class Diver(Actor, DiverInterface):
    async def dive(self, turns: int) -> int:
        """Be `turns` turns of this actor at once; how many there were."""
        if turns <= 1:
            return 1
        deeper = ActorProxy.create("Diver", self.id, DiverInterface)
        return 1 + int(await deeper.Dive(turns - 1))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    reentrancy = ActorReentrancyConfig(enabled=True, maxStackDepth=MAX_STACK_DEPTH)
    ActorRuntime.set_actor_config(ActorRuntimeConfig(reentrancy=reentrancy))
    for actor in (Asking, Answering, Diver):
        await DaprActor(app).register_actor(actor)
    yield


app = FastAPI(lifespan=lifespan)

# ---------------------------------------------------------------------------------------------------------------------

import json

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.native import native, neither
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ASKING = native(Asking, neither("Process"), neither("Touch"))
ANSWERING = native(Answering, neither("Compute"))
DIVER = native(Diver, neither("Dive"))


def plan(setting: Setting) -> Plan:
    """A calls B, which calls A; and dives of as many turns as are allowed, and of one more."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        for number in range(4):
            planner.send(f"Asking/a-{cycles}-{number}", "Process", json.dumps(f"b-{cycles}-{number}"), callers=2)
        planner.send(f"Diver/allowed-{cycles}", "Dive", json.dumps(MAX_STACK_DEPTH))
        planner.send(f"Diver/deeper-{cycles}", "Dive", json.dumps(MAX_STACK_DEPTH + 1))
        planner.hold(4.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="reentrant-pair",
    summary="A calls B, which calls A; an actor calls itself to depth 32, and to 33",
    guarantees=("turns",),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk", reentrancy=True, max_stack_depth=MAX_STACK_DEPTH),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    duration_s={"quick": 4, "standard": 30, "soak": 300},
    subjects=(ASKING, ANSWERING, DIVER),
)
