"""TaskActor: a task with a deadline. ``actorproof run ./examples/seeds/task_actor.py``

Up to the line is what an application has (``uvicorn task_actor:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI


class TaskActorInterface(ActorInterface):
    @actormethod(name="GetTask")
    async def get_task(self) -> dict[str, Any]: ...

    @actormethod(name="UpdateStatus")
    async def update_status(self, status: str) -> None: ...

    @actormethod(name="AssignTo")
    async def assign_to(self, user: str) -> None: ...

    @actormethod(name="SetDeadlineReminder")
    async def set_deadline_reminder(self, in_s: float) -> None: ...


class TaskActor(Actor, TaskActorInterface, Remindable):
    async def get_task(self) -> dict[str, Any]:
        _, task = await self._state_manager.try_get_state("task")
        return task or {"status": "new", "assignee": None, "overdue": False}

    async def update_status(self, status: str) -> None:
        await self._change(status=status)
        if status == "done":
            await self.unregister_reminder("deadline")

    async def assign_to(self, user: str) -> None:
        await self._change(assignee=user)

    async def set_deadline_reminder(self, in_s: float) -> None:
        await self.register_reminder("deadline", b"", timedelta(seconds=in_s))

    async def receive_reminder(
        self, name: str, _state: bytes, _due: timedelta, _period: timedelta, _ttl: timedelta | None = None
    ) -> None:
        task = await self.get_task()
        if name == "deadline" and task["status"] != "done":
            await self._change(overdue=True)

    async def _change(self, **changed: object) -> None:
        await self._state_manager.set_state("task", {**await self.get_task(), **changed})


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(TaskActor)
    yield


app = FastAPI(lifespan=lifespan)

# ---------------------------------------------------------------------------------------------------------------------

import json

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.native import native, neither, reads, writes
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

TASK = native(TaskActor, reads("GetTask"), writes("UpdateStatus"), writes("AssignTo"), neither("SetDeadlineReminder"))
DEADLINE_S = 4.0


def plan(setting: Setting) -> Plan:
    """Tasks that are done in time and tasks that are late; idle for longer than the idle time-out meanwhile."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        tasks = [f"TaskActor/{kind}-{cycles}-{n}" for kind in ("done", "late") for n in range(3)]
        for task in tasks:
            planner.send(task, "AssignTo", json.dumps("alice"))
            planner.send(task, "SetDeadlineReminder", json.dumps(DEADLINE_S))
        planner.hold(0.5)
        for task in tasks:
            if "/done" in task:
                planner.send(task, "UpdateStatus", json.dumps("done"))
            planner.send(task, "GetTask", callers=3)
        planner.hold(DEADLINE_S + 2.0)
        for task in tasks:
            planner.send(task, "GetTask")
        planner.hold(1.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="task-actor",
    summary="tasks that are not done at their deadline become overdue by a reminder that wakes them",
    guarantees=("turns", "activation", "durability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk", idle_timeout_s=2.0),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 8, "standard": 60, "soak": 600},
    subjects=(TASK,),
)
