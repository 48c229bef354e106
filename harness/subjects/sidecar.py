"""SidecarState: an actor's state through its sidecar's HTTP API, each save witnessed; SidecarTimers: its timers.

Saves are POSTs, which aiohttp never sends twice. It repeats a GET once when a kept-alive connection turns out to be
dead: a read within the turn either way. So it does with a DELETE: a timer that is unregistered twice is unregistered.
"""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.subjects.actors.subject import CallError, StateError
from actorproof.harness.subjects.timers import TimerError, TimerRequest
from actorproof.harness.subjects.witness import Mark, Witness, Writes

OK = 200
NO_CONTENT = 204
REENTRANCY_HEADER = "Dapr-Reentrancy-Id"


class Sidecar:
    """One kept-alive session to the sidecar. `timeout_s` bounds each request; make it inside the event loop."""

    def __init__(self, address: Address, *, timeout_s: float) -> None:
        self._base = f"http://{address}/v1.0/actors/"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            headers={"Content-Type": "application/json"},
            auto_decompress=False,
        )

    async def get(self, actor: str, key: str) -> tuple[int, bytes]:
        """Status and body of a read."""
        async with self._session.get(self._url(actor, f"state/{quote(key, safe='')}")) as response:
            return response.status, await response.read()

    async def post(self, actor: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of a transaction."""
        async with self._session.post(self._url(actor, "state"), data=body) as response:
            return response.status, await response.read()

    async def register_timer(self, actor: str, name: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of a timer's registration."""
        async with self._session.post(self._url(actor, f"timers/{quote(name, safe='')}"), data=body) as response:
            return response.status, await response.read()

    async def unregister_timer(self, actor: str, name: str) -> tuple[int, bytes]:
        """Status and body of a timer's unregistration."""
        async with self._session.delete(self._url(actor, f"timers/{quote(name, safe='')}")) as response:
            return response.status, await response.read()

    async def invoke(self, actor: str, method: str, body: bytes, *, chain: str | None) -> tuple[int, bytes]:
        """See `Peers`."""
        headers = {REENTRANCY_HEADER: chain} if chain is not None else {}
        try:
            async with self._session.post(self._url(actor, f"method/{method}"), data=body, headers=headers) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise CallError(type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _url(self, actor: str, what: str) -> URL:
        type_, _, id_ = actor.partition("/")
        return URL(f"{self._base}{type_}/{quote(id_, safe='')}/{what}", encoded=True)


class SidecarState:
    """StateAccess of one turn."""

    __slots__ = ("_actor", "_mark", "_sidecar", "_witness")

    def __init__(self, sidecar: Sidecar, witness: Witness, actor: str, mark: Mark) -> None:
        self._sidecar = sidecar
        self._witness = witness
        self._actor = actor
        self._mark = mark

    async def get(self, key: str) -> str | None:
        with self._witness.runtime_call(self._mark, "read", key):
            return await self._get(key)

    async def _get(self, key: str) -> str | None:
        try:
            status, body = await self._sidecar.get(self._actor, key)
        except (aiohttp.ClientError, OSError) as error:
            raise StateError(f"{key} could not be read: {type(error).__name__}") from error
        if status == NO_CONTENT or (status == OK and not body):
            return None
        if status != OK:
            raise StateError(f"{key} could not be read: {status} {body[:200].decode(errors='replace')}")
        return body.decode()

    async def stage(self, writes: Writes) -> None:
        """Nothing: saves are sent when they are made."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        save = self._witness.save_started(self._mark, writes)
        try:
            status, body = await self._sidecar.post(self._actor, transaction(writes, ttl_s))
        except (aiohttp.ClientError, OSError) as error:
            reason = type(error).__name__
        else:
            if status == NO_CONTENT:
                self._witness.save_ended(save, acknowledged=True)
                return
            reason = f"{status} {body[:200].decode(errors='replace')}"
        self._witness.save_ended(save, acknowledged=False, reason=reason)
        raise StateError(f"save was not acknowledged: {reason}")


class SidecarTimers:
    """TimerAccess of an actor's turns."""

    __slots__ = ("_actor", "_sidecar")

    def __init__(self, sidecar: Sidecar, actor: str) -> None:
        self._sidecar = sidecar
        self._actor = actor

    async def register(self, request: TimerRequest) -> None:
        await self._done(request.name, self._sidecar.register_timer(self._actor, request.name, request.body()))

    async def unregister(self, name: str) -> None:
        await self._done(name, self._sidecar.unregister_timer(self._actor, name))

    @staticmethod
    async def _done(name: str, asked: Awaitable[tuple[int, bytes]]) -> None:
        try:
            status, body = await asked
        except (aiohttp.ClientError, OSError) as error:
            raise TimerError(f"timer {name} was not acknowledged: {type(error).__name__}") from error
        if status not in {OK, NO_CONTENT}:
            raise TimerError(f"timer {name} was not acknowledged: {status} {body[:200].decode(errors='replace')}")


def transaction(writes: Writes, ttl_s: int | None = None) -> bytes:
    """The body of a state transaction, values as they stand, each kept for `ttl_s` seconds if that is given."""
    kept = {} if ttl_s is None else {"metadata": {"ttlInSeconds": str(ttl_s)}}
    return msgspec.json.encode(
        [
            {"operation": "delete", "request": {"key": key}}
            if value is None
            else {"operation": "upsert", "request": {"key": key, "value": msgspec.Raw(value.encode()), **kept}}
            for key, value in writes
        ]
    )
