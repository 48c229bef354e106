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
import base64
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from unittest.mock import patch

import aiohttp
import msgspec
import uvicorn
from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.actor.id import ActorId
from dapr.actor.runtime.config import ActorReentrancyConfig, ActorRuntimeConfig, ActorTypeConfig
from dapr.actor.runtime.context import ActorRuntimeContext
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.clients.exceptions import DaprHttpError
from dapr.clients.health import DaprHealth
from dapr.clients.http.dapr_actor_http_client import DaprActorHttpClient
from dapr.clients.retry import RetryPolicy
from dapr.ext.fastapi import DaprActor
from dapr.serializers import Serializer
from fastapi import FastAPI

from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import ActorproofError, UsageError
from actorproof.harness.history.events import Cause, RuntimeCall
from actorproof.harness.history.journal import Journal
from actorproof.harness.request import OPERATION_HEADER
from actorproof.harness.subjects.actors.subject import Args, CallError, Method, Subject, Turn, value_text
from actorproof.harness.subjects.engine import Asked, hold_of, read_body, success_body
from actorproof.harness.subjects.native import Native, is_native
from actorproof.harness.subjects.options import HostOptions, parse, special
from actorproof.harness.subjects.own import subjects_with
from actorproof.harness.subjects.strict import StrictJournal
from actorproof.harness.subjects.timers import TimerError, TimerRequest
from actorproof.harness.subjects.witness import Mark, Witness, Writes

GRACE_S = 1
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


@dataclass(slots=True)
class Frame:
    """The turn that the current task runs; the SDK's actor is added once it is known."""

    mark: Mark
    args: Args
    witness: Witness
    actor: SubjectActor | None = None

    def turn(self, actor: SubjectActor) -> Turn:
        """What the subject may use."""
        self.actor = actor
        timers = SdkTimers(actor)  # its client is witnessed
        return Turn(self.mark, SdkState(actor), timers, self.witness, SdkPeers(actor), hold_of(self.args))


FRAME: ContextVar[Frame] = ContextVar("frame")


class SubjectActor(Actor):
    """An SDK actor that behaves as a subject; `sdk_actor` makes one class for each."""

    SUBJECT: ClassVar[type[Subject]]

    def __init__(self, ctx: ActorRuntimeContext, actor_id: ActorId) -> None:
        super().__init__(ctx, actor_id)
        self.subject = self.SUBJECT()

    async def tick(self, _data: object) -> None:
        """The callback of every timer."""
        await self._tick()

    async def receive_reminder(self, *_: object) -> None:
        """See `dapr.actor.Remindable`."""
        await self._tick()

    async def _tick(self) -> None:
        frame = FRAME.get()
        await self.subject.tick(frame.turn(self), frame.args)

    async def after_failure(self, *, repaired: bool) -> None:
        """The subject drops what it knows; what the SDK holds stays, as the SDK has it, unless that is repaired."""
        self.subject.forget()
        if repaired:
            await self._state_manager.clear_cache()


class SdkState:
    """StateAccess through the SDK's state manager; the SDK itself saves after the method."""

    def __init__(self, actor: SubjectActor) -> None:
        self._manager = actor._state_manager  # noqa: SLF001  as the SDK's documentation has it

    async def get(self, key: str) -> str | None:
        found, value = await self._manager.try_get_state(key)
        return msgspec.json.encode(value).decode() if found else None

    async def stage(self, writes: Writes) -> None:
        await self.commit(writes)

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        for key, text in writes:
            if text is None:
                await self._manager.try_remove_state(key)
            elif ttl_s is None:
                await self._manager.set_state(key, msgspec.json.decode(text))
            else:
                await self._manager.set_state_ttl(key, msgspec.json.decode(text), ttl_s)


class SdkTimers:
    """TimerAccess through the SDK's client; the SDK itself knows neither repetitions nor fractions of them."""

    def __init__(self, actor: SubjectActor) -> None:
        context = actor._runtime_ctx  # noqa: SLF001  where the SDK's own register_timer has its client from
        self._client = context.dapr_client
        self._of = (context.actor_type_info.type_name, actor.id.id)

    async def register(self, request: TimerRequest) -> None:
        await self._done(request.name, self._client.register_timer(*self._of, request.name, request.body()))

    async def unregister(self, name: str) -> None:
        await self._done(name, self._client.unregister_timer(*self._of, name))

    @staticmethod
    async def _done(name: str, asked: Coroutine[Any, Any, None]) -> None:
        try:
            await asked
        except Exception as error:
            raise TimerError(f"timer {name} was not acknowledged: {type(error).__name__}: {error}"[:200]) from error


class SdkPeers:
    """Peers through the SDK's actor client, which passes the reentrancy id on by itself (from a context variable)."""

    def __init__(self, actor: SubjectActor) -> None:
        self._client = actor.runtime_ctx.dapr_client

    async def invoke(self, actor: str, method: str, body: bytes, *, chain: str | None) -> tuple[int, bytes]:
        del chain
        type_, _, id_ = actor.partition("/")
        try:
            return OK, await self._client.invoke_method(type_, id_, method, body)
        except DaprHttpError as error:
            return error.status_code or SERVER_ERROR, error.raw_response_bytes or b""
        except (aiohttp.ClientError, OSError) as error:
            raise CallError(type(error).__name__) from error


def sdk_actor(subject: type[Subject]) -> type[SubjectActor]:
    """The SDK actor class of a subject, with an interface that names its methods."""
    name, methods = subject.__name__, subject.METHODS
    interface = type(f"{name}Interface", (ActorInterface,), {m: actormethod(m)(_declared()) for m in methods})
    bodies = {m: _body(function) for m, function in methods.items()}
    return type(name, (SubjectActor, interface, Remindable), {**bodies, "SUBJECT": subject})


def _declared() -> Callable[..., Coroutine[Any, Any, object]]:
    async def declared(self: object, body: object) -> object:
        raise NotImplementedError

    return declared


def _body(function: Method) -> Callable[..., Coroutine[Any, Any, object]]:
    async def body(self: SubjectActor, _body: object) -> object:
        frame = FRAME.get()
        return await function(self.subject, frame.turn(self), frame.args)

    return body


class PlainSerializer(Serializer):
    """JSON as it is, and what is none as bytes."""

    def serialize(self, obj: object, custom_hook: Callable[[object], bytes] | None = None) -> bytes:
        del custom_hook
        return msgspec.json.encode(obj)

    def deserialize(
        self, data: bytes, data_type: type | None = object, custom_hook: Callable[[bytes], object] | None = None
    ) -> Any:
        del data_type, custom_hook
        try:
            return msgspec.json.decode(data) if data else None
        except msgspec.DecodeError:
            return data


class SingleAttempt(RetryPolicy):
    """No retry by the SDK, and none by aiohttp below it."""

    def __init__(self) -> None:
        super().__init__(max_attempts=0)

    async def make_http_call(self, session: aiohttp.ClientSession, req: dict[str, Any]) -> aiohttp.ClientResponse:
        """One request."""
        session._retry_connection = False  # noqa: SLF001  aiohttp has no public switch; a test holds it
        return await super().make_http_call(session, req)  # type: ignore[no-any-return,no-untyped-call]


@contextmanager
def _asked(what: RuntimeCall, name: str) -> Iterator[None]:
    """Witness a request of the turn that runs now; an actor that ends may ask for something in no turn."""
    frame = FRAME.get(None)
    if frame is None:
        yield
        return
    with frame.witness.runtime_call(frame.mark, what, name):
        yield


class WitnessedClient(DaprActorHttpClient):
    """The SDK's client, with every read and save witnessed."""

    async def get_state(self, actor_type: str, actor_id: str, name: str) -> bytes:
        """Read one key."""
        with _asked("read", name):
            return await super().get_state(actor_type, actor_id, name)

    async def register_reminder(self, actor_type: str, actor_id: str, name: str, data: bytes) -> None:
        """Register a reminder of the actor's own."""
        with _asked("register-reminder", name):
            await super().register_reminder(actor_type, actor_id, name, data)

    async def unregister_reminder(self, actor_type: str, actor_id: str, name: str) -> None:
        """Unregister one."""
        with _asked("unregister-reminder", name):
            await super().unregister_reminder(actor_type, actor_id, name)

    async def register_timer(self, actor_type: str, actor_id: str, name: str, data: bytes) -> None:
        """Register a timer."""
        with _asked("register-timer", name):
            await super().register_timer(actor_type, actor_id, name, data)

    async def unregister_timer(self, actor_type: str, actor_id: str, name: str) -> None:
        """Unregister one."""
        with _asked("unregister-timer", name):
            await super().unregister_timer(actor_type, actor_id, name)

    async def save_state_transactionally(self, actor_type: str, actor_id: str, data: bytes) -> None:
        """Send one transaction."""
        frame = FRAME.get()
        save = frame.witness.save_started(frame.mark, writes_of(data))
        try:
            await super().save_state_transactionally(actor_type, actor_id, data)
        except Exception as error:
            frame.witness.save_ended(save, acknowledged=False, reason=f"{type(error).__name__}: {error}"[:200])
            raise
        frame.witness.save_ended(save, acknowledged=True)


def writes_of(transaction: bytes) -> Writes:
    """The writes in the body of a state transaction."""
    requests = [operation["request"] for operation in msgspec.json.decode(transaction)]
    return [(r["key"], value_text(r["value"]) if "value" in r else None) for r in requests]


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


def sdk_reminder(body: bytes, data: str) -> bytes:
    """A reminder's body as the SDK can read it: its data in base64."""
    fields = msgspec.json.decode(body) if body else {}
    wrapped = base64.b64encode(data.encode()).decode()
    return msgspec.json.encode({"dueTime": "", "period": "", **fields, "data": wrapped})


@contextmanager
def without_wait() -> Iterator[None]:
    """Within it, clients are made without waiting for the sidecar."""
    with patch.object(DaprHealth, "wait_for_sidecar", lambda: None):
        yield


def runtime_config(options: HostOptions) -> ActorRuntimeConfig:
    """What the host declares in ``/dapr/config``."""
    shared: dict[str, Any] = {
        "actor_scan_interval": timedelta(seconds=1),
        "drain_ongoing_call_timeout": timedelta(seconds=options.drain_timeout_s),
        "drain_rebalanced_actors": options.drain_enabled,
    }

    def reentrancy(*, enabled: bool) -> ActorReentrancyConfig:
        return ActorReentrancyConfig(enabled=enabled, maxStackDepth=options.max_stack_depth)

    exceptions = [
        ActorTypeConfig(name, **shared, actor_idle_timeout=timedelta(seconds=idle_s), reentrancy=reentrancy(enabled=on))
        for name, (idle_s, on) in special(options).items()
    ]
    return ActorRuntimeConfig(
        **shared,
        actor_idle_timeout=timedelta(seconds=options.idle_timeout_s),
        reentrancy=reentrancy(enabled=options.reentrancy),
        actor_type_configs=exceptions,
    )


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
        server = uvicorn.Server(
            uvicorn.Config(
                WitnessLayer(app, witness, types, repaired=options.repaired),
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


def main() -> None:
    """Serve with the command line's options; exit code as the error says."""
    try:
        asyncio.run(serve(parse()))
    except ActorproofError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
