"""ClientLink: where a user's own load calls in place of the sidecars. Each call of a method becomes an operation.

One address deals its requests out to the hosts in turn; each host has one of its own beside it. What is asked for goes
on as it came, once, with a header that names the operation. Who asks over one connection is one client. One that hangs
up has given up, and the sidecar's connection is closed, too.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import web

from actorproof.harness.application.invariant import Invariants
from actorproof.harness.cluster.addresses import LOOPBACK
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, Headers, RefusedError, Reply, Transport
from actorproof.harness.request import OPERATION_HEADER, Call, Request, Requests
from actorproof.harness.workload.client import Answer, PlainClient

PATIENCE_S: Final = 600.0
"""So long a caller may wait for an answer; its own deadline is its business."""
_BAD_GATEWAY: Final = 502
_NOT_OURS: Final = 501
# What belongs to one connection, and what aiohttp writes by itself.
_HOP: Final = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "keep-alive"),
        *("proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        OPERATION_HEADER.lower(),
    }
)
_SCHEDULES: Final = frozenset({"reminders", "timers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the load sent it. `path` is encoded as it came, with its query."""

    method: str
    path: str
    headers: Headers
    body: bytes

    @property
    def segments(self) -> list[str]:
        """The parts of the path, decoded."""
        return [unquote(part) for part in self.path.partition("?")[0].split("/")]


class ClientLink:
    """Serves a load until it is closed. `requests` says what the runtime refuses for what it is.

    Attributes:
        operations, answered: calls of methods so far, and those that were answered well.
        refused: of each method that was never answered well, what was said last.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        transport: Transport,
        requests: Requests,
        invariants: Invariants,
        journal: Journal,
    ) -> None:
        self._hosts = tuple(hosts)
        self._transport = transport
        self._requests = requests
        self._invariants = invariants
        self._journal = journal
        self._turns = itertools.cycle(self._hosts)
        self._clients: WeakKeyDictionary[object, _Client] = WeakKeyDictionary()
        self._count = 0
        self._by_port: dict[int, str] = {}
        self._runner: web.ServerRunner | None = None
        self._answered: set[str] = set()
        self.operations = 0
        self.answered = 0
        self.refused: dict[str, str] = {}

    async def open(self) -> tuple[str, Mapping[str, str]]:
        """Listen; the address of any host, and that of each."""
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        ports = [await self._listen() for _ in range(len(self._hosts) + 1)]
        self._by_port = dict(zip(ports[1:], self._hosts, strict=True))
        addresses = [f"http://{LOOPBACK}:{port}" for port in ports]
        return addresses[0], dict(zip(self._hosts, addresses[1:], strict=True))

    async def close(self) -> None:
        """Take no more, and let what is under way end; of what does not, the callers count as gone."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _listen(self) -> int:
        assert self._runner is not None
        before = set(map(tuple, self._runner.addresses))
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        (new,) = set(map(tuple, self._runner.addresses)) - before
        return int(new[1])

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(
            method=request.method,
            path=request.raw_path,
            headers=_passed_on(request.headers.items()),
            body=await request.content.read(),
        )
        assert request.transport is not None
        _, port = request.transport.get_extra_info("sockname")[:2]
        via = self._by_port.get(port) or next(self._turns)
        match asked.segments:
            case ["", "v1.0", "actors", type_, id_, "method", method]:
                return await self._call(asked, f"{type_}/{id_}", method, via=via, connection=request.transport)
            case ["", "v1.0", "actors", _, _, what, *_] if what in _SCHEDULES and asked.method != "GET":
                return web.Response(status=_NOT_OURS, text=f"actorproof: a load calls methods, and asks for no {what}")
        return await self._pass(asked, via=via)

    async def _call(self, asked: Asked, actor: str, method: str, *, via: str, connection: object) -> web.StreamResponse:
        client = self._clients.get(connection)
        if client is None:
            self._count += 1
            passing = _Passing(self._transport, self._requests)
            client = _Client(f"load-{self._count}", passing, journal=self._journal, invariants=self._invariants)
            self._clients[connection] = client
        self.operations += 1
        answer = await client.passed(asked, actor, method, via=via)
        self._note(f"{actor.partition('/')[0]}.{method}", answer)
        return _response(client.reply, answer.reason)

    def _note(self, name: str, answer: Answer) -> None:
        if answer.outcome == "ok":
            self.answered += 1
            self._answered.add(name)
            self.refused.pop(name, None)
        elif name not in self._answered:
            self.refused[name] = answer.reason

    async def _pass(self, asked: Asked, *, via: str) -> web.StreamResponse:
        """What is no call of a method is passed on, and is no operation."""
        try:
            reply = await _sent(asked, self._transport, via=via, timeout_s=PATIENCE_S)
        except (RefusedError, CutOffError, TimeoutError) as error:
            return _response(None, f"{type(error).__name__}: {error}")
        return _response(reply, "")


class _Client(PlainClient):
    """A caller whose calls are those that came over one connection."""

    def __init__(self, name: str, passing: _Passing, *, journal: Journal, invariants: Invariants) -> None:
        super().__init__(name, requests=passing, journal=journal, invariants=invariants)
        self._passing = passing
        self._op = ""

    @property
    def reply(self) -> Reply | None:
        """The last answer as it came; None where there was none."""
        return self._passing.reply

    async def passed(self, asked: Asked, actor: str, method: str, *, via: str) -> Answer:
        """Pass a call on. CancelledError when its caller has hung up, with its operation ended."""
        self._passing.asked, self._passing.reply = asked, None
        args = _as_json(asked.body)
        body = None if args is not None else asked.body
        try:
            return await self.call(actor, method, args, via=via, timeout_s=PATIENCE_S, body=body)
        except asyncio.CancelledError:
            self._complete(self._op, Answer("info", None, None, "null", "gave-up"))
            raise

    def _next(self) -> str:
        self._op = super()._next()
        return self._op


class _Passing:
    """Sends what the load sent, in place of what our clients would make of it."""

    def __init__(self, transport: Transport, requests: Requests) -> None:
        self._transport = transport
        self._requests = requests
        self.asked = Asked(method="", path="", headers=(), body=b"")
        self.reply: Reply | None = None

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
        """See Requests."""
        assert isinstance(request, Call)
        named = tuple((name, value) for name, value in request.headers if name == OPERATION_HEADER)
        self.reply = await _sent(self.asked, self._transport, via=via, timeout_s=timeout_s, more=named)
        return self.reply

    def refuses(self, reply: Reply) -> bool:
        """See Requests."""
        return self._requests.refuses(reply)


async def _sent(asked: Asked, transport: Transport, *, via: str, timeout_s: float, more: Headers = ()) -> Reply:
    return await transport.request(
        host=via,
        method=asked.method,
        path=asked.path,
        body=asked.body,
        timeout_s=timeout_s,
        headers=(*asked.headers, *more),
    )


def _response(reply: Reply | None, reason: str) -> web.Response:
    if reply is None:
        return web.Response(status=_BAD_GATEWAY, text=f"actorproof: {reason}")
    response = web.Response(status=reply.status, body=reply.body)
    for name, value in _passed_on(reply.headers):
        response.headers[name] = value
    return response


def _passed_on(headers: Iterable[tuple[str, str]]) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in _HOP)


def _as_json(body: bytes) -> msgspec.Raw | None:
    """A body as JSON; None for one that is none. An empty one is no argument at all."""
    if not body:
        return msgspec.Raw(b"")
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return msgspec.Raw(body)
