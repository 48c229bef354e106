"""Request: what a client asks of a runtime, before anybody says how that is written.

A runtime's Api turns a request into what its Transport carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import msgspec

from actorproof.harness.ports import Headers, Reply, Transport
from actorproof.harness.times import Times

OPERATION_HEADER = "Actorproof-Body-Of"
"""Names the operation of a call whose body is not ours to write into."""

FAILED_HEADER = "X-Daprerrorresponseheader"
"""Stands in an answer of 200 where a method failed whose application is told over a stream of events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Times):
    """When a reminder is to fire, as a client asks for it, and with what.

    Attributes:
        wall_ns: the wall clock when it was made: what instants are counted from.
        data: JSON text of what it carries; None for nothing at all.
        overwrite: whether it takes the place of another of its name; None leaves that to the runtime.
    """

    wall_ns: int = 0
    data: str | None = '"tick"'
    overwrite: bool | None = None

    def args(self) -> str:
        """The registration as the history keeps it."""
        fields: dict[str, object] = {
            "due_s": self.due_s,
            "period_s": self.period_s,
            "repetitions": self.repetitions,
            "ttl_s": self.ttl_s,
            "data": None if self.data is None else msgspec.Raw(self.data.encode()),
        }
        said = {"overwrite": self.overwrite, "forms": self.forms or None, "texts": self.texts or None}
        fields |= {name: value for name, value in said.items() if value is not None}
        return msgspec.json.encode(fields).decode()

    def body(self) -> bytes:
        """The registration as Dapr's API, which is that of the simulated runtime too, takes it."""
        fields: dict[str, object] = {**self.written(wall_ns=self.wall_ns)}
        if self.data is not None:
            fields["data"] = msgspec.Raw(self.data.encode())
        if self.overwrite is not None:
            fields["overwrite"] = self.overwrite
        return msgspec.json.encode(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Run a method of an actor (``Type/id``); `body` and `headers` are what the host gets to see."""

    actor: str
    method: str
    body: bytes
    headers: Headers = ()


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
    headers: Headers = ()


def segments(*texts: str) -> str:
    """Texts as segments of a path. Dots are encoded where they would stand for another folder."""
    return "/".join(text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="") for text in texts)


class Api(Protocol):
    """How a runtime wants to be asked."""

    def wire(self, request: Request) -> Wire:
        """The request as the runtime's transport carries it."""

    def refuses(self, reply: Reply) -> bool:
        """Whether an answer says that the runtime refuses the request for what it is, and would refuse it again."""


class Requests(Protocol):
    """Carries a request to one host. Never retries; raises as `actorproof.harness.ports.Transport` does."""

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply: ...

    def refuses(self, reply: Reply) -> bool:
        """See Api."""


class Addressed:
    """Requests over a transport, by an API."""

    def __init__(self, transport: Transport, api: Api) -> None:
        self._transport = transport
        self._api = api

    def refuses(self, reply: Reply) -> bool:
        """See Api."""
        return self._api.refuses(reply)

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
        """See Requests."""
        wire = self._api.wire(request)
        return await self._transport.request(
            host=via,
            method=wire.method,
            path=wire.path,
            body=wire.body,
            timeout_s=timeout_s,
            headers=wire.headers,
        )
