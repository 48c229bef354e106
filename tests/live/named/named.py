"""Actors that log when they are activated, and under which name each of their turns asks for a reminder."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

log = Path(os.environ["LOG"]).open("a", buffering=1)  # noqa: SIM115 - as long as the process lives


class Named(ActorInterface):
    @actormethod(name="name")  # type: ignore[untyped-decorator]  # the SDK has no types
    async def name(self) -> str:
        raise NotImplementedError


class NamedActor(Actor, Named, Remindable):
    async def _on_activate(self) -> None:
        log.write(f"{os.getppid()} activated NamedActor/{self.id.id}\n")

    async def name(self) -> str:
        name = secrets.token_hex(8)
        log.write(f"{os.getppid()} asks NamedActor/{self.id.id} {name}\n")
        await self.register_reminder(name, b"", timedelta(seconds=600))
        return name

    async def receive_reminder(self, *told: object) -> None: ...


app = FastAPI()
actors = DaprActor(app)


@app.on_event("startup")
async def register() -> None:
    await actors.register_actor(NamedActor)
