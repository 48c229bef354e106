"""Our subjects as actors of the Dapr Python SDK, whichever way that hears of their turns.

Each subject becomes an SDK actor class; its state goes through the SDK's state manager, and what stores it is the
SDK's own save after the method, witnessed in the client that sends it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp
import msgspec
from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.actor.id import ActorId
from dapr.actor.runtime.config import ActorReentrancyConfig, ActorRuntimeConfig, ActorTypeConfig
from dapr.actor.runtime.context import ActorRuntimeContext
from dapr.clients.base import DaprActorClientBase
from dapr.clients.exceptions import DaprHttpError
from dapr.serializers import Serializer
from grpc import StatusCode  # type: ignore[import-untyped]
from grpc.aio import AioRpcError  # type: ignore[import-untyped]

from actorproof.harness.history.events import RuntimeCall
from actorproof.harness.subjects.actors.subject import Args, CallError, Method, Subject, Turn, value_text
from actorproof.harness.subjects.engine import hold_of
from actorproof.harness.subjects.options import HostOptions, special
from actorproof.harness.subjects.timers import TimerError, TimerRequest
from actorproof.harness.subjects.witness import Mark, Witness, Writes

OK = 200
SERVER_ERROR = 500
_CUT_OFF = frozenset({StatusCode.UNAVAILABLE, StatusCode.CANCELLED, StatusCode.DEADLINE_EXCEEDED})


class _Failure(msgspec.Struct, frozen=True):
    error: str | None = None


_failure = msgspec.json.Decoder(_Failure)


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
            answer = await self._client.invoke_method(type_, id_, method, body)
        except DaprHttpError as error:
            return error.status_code or SERVER_ERROR, error.raw_response_bytes or b""
        except (aiohttp.ClientError, OSError) as error:
            raise CallError(type(error).__name__) from error
        except AioRpcError as error:
            if error.code() in _CUT_OFF:
                raise CallError(error.code().name) from error
            return SERVER_ERROR, (error.details() or "").encode()
        # Over gRPC a turn that failed is told from others by its answer alone.
        return SERVER_ERROR if _failed(answer) else OK, answer


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


def _failed(answer: bytes) -> bool:
    try:
        return _failure.decode(answer).error is not None
    except msgspec.DecodeError:
        return False


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


@contextmanager
def _asked(what: RuntimeCall, name: str) -> Iterator[None]:
    """Witness a request of the turn that runs now; an actor that ends may ask for something in no turn."""
    frame = FRAME.get(None)
    if frame is None:
        yield
        return
    with frame.witness.runtime_call(frame.mark, what, name):
        yield


class Witnessed(DaprActorClientBase):
    """Every read and save witnessed; the client of the SDK that it is mixed into sends them."""

    async def get_state(self, actor_type: str, actor_id: str, name: str) -> bytes:
        """Read one key."""
        with _asked("read", name):
            return await super().get_state(actor_type, actor_id, name)  # type: ignore[safe-super]

    async def register_reminder(self, actor_type: str, actor_id: str, name: str, data: bytes) -> None:
        """Register a reminder of the actor's own."""
        with _asked("register-reminder", name):
            await super().register_reminder(actor_type, actor_id, name, data)  # type: ignore[safe-super]

    async def unregister_reminder(self, actor_type: str, actor_id: str, name: str) -> None:
        """Unregister one."""
        with _asked("unregister-reminder", name):
            await super().unregister_reminder(actor_type, actor_id, name)  # type: ignore[safe-super]

    async def register_timer(self, actor_type: str, actor_id: str, name: str, data: bytes) -> None:
        """Register a timer."""
        with _asked("register-timer", name):
            await super().register_timer(actor_type, actor_id, name, data)  # type: ignore[safe-super]

    async def unregister_timer(self, actor_type: str, actor_id: str, name: str) -> None:
        """Unregister one."""
        with _asked("unregister-timer", name):
            await super().unregister_timer(actor_type, actor_id, name)  # type: ignore[safe-super]

    async def save_state_transactionally(self, actor_type: str, actor_id: str, data: bytes) -> None:
        """Send one transaction."""
        frame = FRAME.get()
        save = frame.witness.save_started(frame.mark, writes_of(data))
        try:
            await super().save_state_transactionally(actor_type, actor_id, data)  # type: ignore[safe-super]
        except Exception as error:
            frame.witness.save_ended(save, acknowledged=False, reason=f"{type(error).__name__}: {error}"[:200])
            raise
        frame.witness.save_ended(save, acknowledged=True)


def writes_of(transaction: bytes) -> Writes:
    """The writes in the body of a state transaction."""
    requests = [operation["request"] for operation in msgspec.json.decode(transaction)]
    return [(r["key"], value_text(r["value"]) if "value" in r else None) for r in requests]


def sdk_reminder(body: bytes, data: str) -> bytes:
    """A reminder's body as the SDK can read it: its data in base64."""
    fields = msgspec.json.decode(body) if body else {}
    wrapped = base64.b64encode(data.encode()).decode()
    return msgspec.json.encode({"dueTime": "", "period": "", **fields, "data": wrapped})


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
        reminders_storage_partitions=options.reminder_partitions or None,
        actor_type_configs=exceptions,
    )
