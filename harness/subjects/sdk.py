"""The SDK host: the same actors in the Dapr Python SDK with FastAPI.

``python -m actorproof.harness.subjects.sdk --host host-1 --process host-1/app#1 ...`` (see options.py)

Each subject becomes an SDK actor class; its state goes through the SDK's state manager, and what stores it is the
SDK's own save after the method. Two places witness it: an ASGI layer around FastAPI (a turn begins when its request
is whole, before the SDK sees it, and ends when the SDK has answered, after its save, before the reply is sent), and
the actor client that sends the save.

What the SDK (1.19) does by itself, and what is done about it here:

- it waits for the sidecar, which waits for the application: its wait is skipped, since only the sidecar calls us;
- it saves with PUT, which aiohttp repeats by itself when the connection breaks: that is off, as are its own retries;
- it drops an actor's cached state only after its own kind of error; after any other (the sidecar hangs up, the turn
  raises) the cache keeps what was not saved, and the next turn's save stores it: that is left as it is and judged. A
  repaired host (``--repaired true``) clears the cache after every failed turn;
- it takes only base64 text as a reminder's data: other JSON is wrapped for it;
- its JSON decoder turns texts that look like durations or dates into objects: the actors get a plain serializer.

It holds no lock per actor: two turns of one actor overlap when the runtime sends them.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import aiohttp
import msgspec
import uvicorn
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.clients.health import DaprHealth
from dapr.clients.http.dapr_actor_http_client import DaprActorHttpClient
from dapr.clients.retry import RetryPolicy
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import UsageError
from actorproof.harness.history.events import Cause
from actorproof.harness.history.journal import Journal
from actorproof.harness.request import OPERATION_HEADER
from actorproof.harness.subjects.actors.subject import Subject
from actorproof.harness.subjects.engine import Asked, read_body, success_body
from actorproof.harness.subjects.native import Native, is_native
from actorproof.harness.subjects.options import HostOptions, run
from actorproof.harness.subjects.own import subjects_with
from actorproof.harness.subjects.sdk_actors import (
    FRAME,
    Frame,
    PlainSerializer,
    Witnessed,
    runtime_config,
    sdk_actor,
    sdk_reminder,
)
from actorproof.harness.subjects.strict import StrictJournal
from actorproof.harness.subjects.witness import Witness

GRACE_S = 1
STREAMS = 10_000  # as many calls at once as there are: none waits for its turn in front of the host
KEEPALIVE_S = 3600  # the sidecar's side closes idle connections; if ours did, a call on its way would be cut
OK = 200
NOT_FOUND = 404
BAD_REQUEST = 400
SERVER_ERROR = 500
REENTRANCY_HEADER = b"dapr-reentrancy-id"
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
CAUSES: dict[str, Cause] = {"remind": "reminder", "timer": "timer"}


class SingleAttempt(RetryPolicy):
    """No retry by the SDK, and none by aiohttp below it."""

    def __init__(self) -> None:
        super().__init__(max_attempts=0)

    async def make_http_call(self, session: aiohttp.ClientSession, req: dict[str, Any]) -> aiohttp.ClientResponse:
        """One request."""
        session._retry_connection = False  # noqa: SLF001  aiohttp has no public switch; a test holds it
        return await super().make_http_call(session, req)  # type: ignore[no-any-return,no-untyped-call]


class WitnessedClient(Witnessed, DaprActorHttpClient):
    """The SDK's client, with every read and save witnessed."""


class WitnessLayer:
    """ASGI around FastAPI: witnesses turns and deactivations, and gives replies their form."""

    def __init__(self, app: App, witness: Witness, types: Mapping[str, type[Subject]], *, repaired: bool) -> None:
        self._app = app
        self._repaired = repaired
        self._types = types
        self._witness = witness

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        parts = scope["path"].split("/")[1:] if scope["type"] == "http" else []
        match scope.get("method"), parts:
            case "PUT", ["actors", type_, id_, "method", ("remind" | "timer") as word, *name]:
                await self._turn(scope, receive, send, (type_, id_, CAUSES[word], "/".join(name)))
            case "PUT", ["actors", type_, id_, "method", name]:
                await self._turn(scope, receive, send, (type_, id_, "call", name))
            case "DELETE", ["actors", type_, id_]:
                self._witness.deactivated(f"{type_}/{id_}")
                await self._app(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _turn(self, scope: Message, receive: Receive, send: Send, what: tuple[str, str, Cause, str]) -> None:
        type_, id_, cause, name = what
        body = await whole_body(receive)
        if body is None:
            return
        if type_ not in self._types or (cause == "call" and name not in self._types[type_].METHODS):
            await respond(send, NOT_FOUND, msgspec.json.encode({"error": f"{type_} has no method {name}"}))
            return
        headers = dict(scope["headers"])
        op = headers.get(OPERATION_HEADER.lower().encode())
        of_the_sdk = is_native(self._types[type_])
        plain = of_the_sdk and cause == "call" and op is None  # called by an actor of the SDK, as these call
        try:
            asked = Asked() if plain else read_body(cause, body, op.decode() if op else None)
        except msgspec.DecodeError as error:
            await respond(send, BAD_REQUEST, msgspec.json.encode({"error": f"body is not understood: {error}"}))
            return
        chain = headers.get(REENTRANCY_HEADER)
        mark = self._witness.begin(
            actor=f"{type_}/{id_}",
            cause=cause,
            name=name,
            op=asked.op,
            chain=chain.decode() if chain else None,
            data=asked.data,
            callback=asked.callback,
        )
        frame = Frame(mark, asked.args, self._witness)
        FRAME.set(frame)
        wrapped = cause == "reminder" and not of_the_sdk
        status, result = await self._run(scope, receive, sdk_reminder(body, asked.data) if wrapped else body)
        if status != OK:
            if frame.actor is not None:
                await frame.actor.after_failure(repaired=self._repaired)
            self._witness.end(mark, completed=False)
            error_text = result.decode(errors="replace")
            await respond(send, status, msgspec.json.encode({"turn": mark.turn, "error": error_text}))
            return
        if cause != "call" or not result:
            result = b"null"
        self._witness.end(mark, completed=True, result=result.decode())
        await respond(send, OK, result if plain else success_body(mark, self._witness.process, result))

    async def _run(self, scope: Message, receive: Receive, body: bytes) -> tuple[int, bytes]:
        """Status and body of FastAPI's answer."""
        status = 500
        chunks: list[bytes] = []
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        async def collect(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                chunks.append(message.get("body", b""))

        await self._app(scope, replay, collect)
        return status, b"".join(chunks)


async def whole_body(receive: Receive) -> bytes | None:
    """The request's body, None when the caller went away in the middle of it."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def respond(send: Send, status: int, body: bytes) -> None:
    """Send a whole JSON answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def without_wait() -> Iterator[None]:
    """Within it, clients are made without waiting for the sidecar."""
    with patch.object(DaprHealth, "wait_for_sidecar", lambda: None):
        yield


async def serve(options: HostOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    if options.breakage is not None:
        raise UsageError(f"breakage {options.breakage} is only for the bare host: choose subject bare")
    types = subjects_with(options.subject_module)
    os.environ["DAPR_HTTP_ENDPOINT"] = f"http://{options.sidecar}"
    with Journal.open(options.journal, process=options.process, clock=SystemClock()) as journal:
        witness = Witness(StrictJournal(journal), process=options.process)
        app = FastAPI()
        actors = DaprActor(app)
        ActorRuntime.set_actor_config(runtime_config(options))
        serializer = PlainSerializer()
        for subject in types.values():
            with without_wait():
                client = WitnessedClient(serializer, int(options.state_timeout_s), retry_policy=SingleAttempt())
            if issubclass(subject, Native):
                await actors.register_actor(subject.ACTOR, actor_client=client)
                continue
            await actors.register_actor(
                sdk_actor(subject), message_serializer=serializer, state_serializer=serializer, actor_client=client
            )
        layer = WitnessLayer(app, witness, types, repaired=options.repaired)
        if options.h2c:
            await _serve_http2(layer, options)
            return
        server = uvicorn.Server(
            uvicorn.Config(
                layer,
                host=options.listen.ip,
                port=options.listen.port,
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_keep_alive=KEEPALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        await server.serve()


async def _serve_http2(app: App, options: HostOptions) -> None:
    """Serve over HTTP/2 without TLS, which uvicorn does not speak."""
    from hypercorn.asyncio import serve as serve_asgi  # noqa: PLC0415 - takes time, which only this needs
    from hypercorn.config import Config  # noqa: PLC0415 - likewise

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [str(options.listen)]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = KEEPALIVE_S
    config.graceful_timeout = GRACE_S
    config.h2_max_concurrent_streams = STREAMS
    await serve_asgi(app, config, mode="asgi", shutdown_trigger=stop.wait)  # type: ignore[arg-type]


if __name__ == "__main__":
    run(serve)
