"""Streams: what the engine tells by itself: which containers end, and what they write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec

from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.errors import EngineError

_HEADER_BYTES = 8
_OK = 200


class _Actor(msgspec.Struct):
    id: str = msgspec.field(name="ID")
    attributes: dict[str, str] = msgspec.field(name="Attributes", default={})


class _Event(msgspec.Struct):
    actor: _Actor = msgspec.field(name="Actor")


class Streams:
    """Long answers of one engine; make it inside a running loop, and `close` it."""

    def __init__(self, engine: Engine) -> None:
        self._base = f"http://engine/v{engine.api}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(engine.path), limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
        )

    async def deaths(self, label: str, *, ready: asyncio.Event, told: Callable[[str, int], None]) -> None:
        """Call `told` with id and exit code of each container under `label` that ends, until the stream ends.

        `ready` is set when no end can be missed any more.
        """
        filters = msgspec.json.encode({"type": ["container"], "event": ["die"], "label": [label]}).decode()
        async with self._session.get(f"{self._base}/events", params={"filters": filters}) as answer:
            if answer.status != _OK:
                raise EngineError(f"the engine does not tell its events (status {answer.status}): update it")
            ready.set()
            rest = b""
            async for chunk in answer.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in filter(None, lines):
                    event = msgspec.json.decode(line, type=_Event)
                    told(event.actor.id, int(event.actor.attributes.get("exitCode", "0")))

    async def log(self, container: str, *, into: Path) -> None:
        """Write both streams of a container into a file as they come, until it ends."""
        params = {"follow": "1", "stdout": "1", "stderr": "1"}
        async with self._session.get(f"{self._base}/containers/{container}/logs", params=params) as answer:
            if answer.status != _OK:
                return
            with into.open("ab", buffering=0) as file:
                while True:
                    try:
                        header = await answer.content.readexactly(_HEADER_BYTES)
                        file.write(await answer.content.readexactly(int.from_bytes(header[4:], "big")))
                    except asyncio.IncompleteReadError:
                        return

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
