"""The same orders, broken on purpose: MISTAKE names what is wrong with them. `actorproof test` has to find it.

MISTAKE=answers-early actorproof test --calls OrderActor.status -- python -m uvicorn broken:app --port {port}
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
from dapr.actor import Actor, ActorInterface, actormethod
from dapr.actor.runtime.config import ActorRuntimeConfig
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI, Request, Response

MISTAKES = (
    "answers-early",
    "works-late",
    "background-task",
    "ignores-deactivation",
    "refuses-deactivation",
    "long-turns",
    "says-well",
    "module-variable",
    "no-health",
)
MISTAKE = os.environ.get("MISTAKE", "")
if MISTAKE not in MISTAKES:
    raise SystemExit(f"MISTAKE is {MISTAKE!r}: choose one of {', '.join(MISTAKES)}")

seen: Counter[str] = Counter()
tasks: set[asyncio.Task[None]] = set()


class OrderInterface(ActorInterface):
    """What an order can be asked."""

    @actormethod(name="status")
    async def status(self) -> int:
        """How often it was asked."""


class OrderActor(Actor, OrderInterface):
    """Counts how often it was asked, in a wrong way."""

    async def status(self) -> int:
        """Count, and make the mistake."""
        match MISTAKE:
            case "answers-early":
                self._later(self._after(0.1))
                return await self._counted()
            case "works-late":
                self._later(self._after(1.5))
                return await self._counted()
            case "background-task":
                if not getattr(self, "started", False):
                    self.started = True
                    self._later(self._again_and_again())
                return await self._counted()
            case "module-variable":
                seen[self.id.id] += 1
                return seen[self.id.id]
            case "long-turns":
                await asyncio.sleep(1.5)
                return await self._counted()
            case "says-well":
                await self._save_wrongly()
                return 0
        return await self._counted()

    async def _counted(self) -> int:
        _, count = await self._state_manager.try_get_state("count")
        count = (count or 0) + 1
        await self._state_manager.set_state("count", count)
        return int(count)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _after(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await self._state_manager.set_state("last", delay_s)
        await self._state_manager.save_state()

    async def _again_and_again(self) -> None:
        while True:
            await self._after(0.4)

    async def _save_wrongly(self) -> None:
        """A save that Dapr refuses, of which nobody hears."""
        url = f"{os.environ['DAPR_HTTP_ENDPOINT']}/v1.0/actors/OrderActor/{self.id.id}/state"
        async with aiohttp.ClientSession() as session, session.post(url, json={"no": "list"}) as answer:
            await answer.read()


ActorRuntime.set_actor_config(
    ActorRuntimeConfig(
        actor_idle_timeout=timedelta(seconds=1 if MISTAKE == "long-turns" else 3),
    )
)
app = FastAPI()


@app.middleware("http")
async def wrongly(request: Request, call_next: Any) -> Response:
    """Answer what the mistake is about in place of the SDK."""
    if MISTAKE == "no-health" and request.url.path == "/healthz":
        return Response(status_code=404)
    if request.method == "DELETE" and MISTAKE == "refuses-deactivation":
        return Response(status_code=500)
    if request.method == "DELETE" and MISTAKE == "ignores-deactivation":
        return Response(status_code=200)
    answer: Response = await call_next(request)
    return answer


actors = DaprActor(app)


@app.on_event("startup")
async def register() -> None:
    """Register the actors before anybody asks for them."""
    await actors.register_actor(OrderActor)
