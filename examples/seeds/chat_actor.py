"""ChatActor: one user's conversation and preferences. ``actorproof run ./examples/seeds/chat_actor.py``

Up to the line is what an application has (``uvicorn chat_actor:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dapr.actor import Actor, ActorInterface, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

REMEMBERED = 50


class ChatActorInterface(ActorInterface):
    @actormethod(name="ProcessMessage")
    async def process_message(self, user_input: str) -> int: ...

    @actormethod(name="GetHistory")
    async def get_history(self) -> list[str]: ...

    @actormethod(name="SetPreferences")
    async def set_preferences(self, preferences: dict[str, Any]) -> None: ...

    @actormethod(name="GetPreferences")
    async def get_preferences(self) -> dict[str, Any]: ...

    @actormethod(name="ClearContext")
    async def clear_context(self) -> None: ...


class ChatActor(Actor, ChatActorInterface):
    async def process_message(self, user_input: str) -> int:
        history = [*await self.get_history(), user_input][-REMEMBERED:]
        await self._state_manager.set_state("conversation_history", history)
        return len(history)

    async def get_history(self) -> list[str]:
        _, history = await self._state_manager.try_get_state("conversation_history")
        return history or []

    async def set_preferences(self, preferences: dict[str, Any]) -> None:
        await self._state_manager.set_state("preferences", preferences)

    async def get_preferences(self) -> dict[str, Any]:
        _, preferences = await self._state_manager.try_get_state("preferences")
        return preferences or {}

    async def clear_context(self) -> None:
        await self._state_manager.set_state("conversation_history", [])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(ChatActor)
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

CHAT = native(
    ChatActor,
    writes("ProcessMessage"),
    reads("GetHistory"),
    writes("SetPreferences"),
    reads("GetPreferences"),
    writes("ClearContext"),
)


def plan(setting: Setting) -> Plan:
    """Sixty messages of each user, one after the other; alice goes idle in between; carol clears hers."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        users = [f"ChatActor/{name}-{cycles}" for name in ("alice", "bob", "carol")]
        for user in users:
            planner.send(user, "SetPreferences", json.dumps({"style": "brief", "of": user}))
        for number in range(REMEMBERED + 10):
            for user in users:
                planner.send(user, "ProcessMessage", json.dumps(f"{user} says {number}"))
            planner.hold(0.08)
        planner.send(users[2], "ClearContext")
        planner.hold(4.0)
        for user in users:
            planner.send(user, "GetHistory", callers=3)
            planner.send(user, "GetPreferences")
        planner.hold(1.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="chat-actor",
    summary="conversations keep their last 50 messages and their preferences, also when their user was idle",
    guarantees=("turns", "activation", "durability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk", idle_timeout_s=2.0),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 8, "standard": 60, "soak": 600},
    subjects=(CHAT,),
)
