"""Request: what a client asks of a runtime, before anybody says how that is written.

A runtime's Api turns a request into what its Transport carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

from actorproof.harness.ports import Reply, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a reminder or timer is to fire, as a client asks for it. Durations in seconds."""

    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: str = "tick"

    def args(self) -> str:
        """The registration as the history keeps it."""
        fields = {
            "due_s": self.due_s,
            "period_s": self.period_s,
            "repetitions": self.repetitions,
            "ttl_s": self.ttl_s,
            "data": self.data,
        }
        return msgspec.json.encode(fields).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Run a method of an actor (``Type/id``); `body` is what the host gets to see."""

    actor: str
    method: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Register a reminder."""

    actor: str
    name: str
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregister:
    """Unregister a reminder."""

    actor: str
    name: str


Request = Call | Register | Unregister


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A request as a transport carries it."""

    method: str
    path: str
    body: bytes = b""


class Api(Protocol):
    """How a runtime wants to be asked."""

    def wire(self, request: Request) -> Wire:
        """The request as the runtime's transport carries it."""


class Requests(Protocol):
    """Carries a request to one host. Never retries; raises as `actorproof.harness.ports.Transport` does."""

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply: ...


class Addressed:
    """Requests over a transport, by an API."""

    def __init__(self, transport: Transport, api: Api) -> None:
        self._transport = transport
        self._api = api

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
        """See Requests."""
        wire = self._api.wire(request)
        return await self._transport.request(
            host=via, method=wire.method, path=wire.path, body=wire.body, timeout_s=timeout_s
        )
