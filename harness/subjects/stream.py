"""The stream host: the same actors, told of their turns over a gRPC stream that the SDK's ActorGrpcHost opens.

``python -m actorproof.harness.subjects.stream --host host-1 --process host-1/app#1 ...`` (see options.py)

The host dials its sidecar (DAPR_GRPC_ENDPOINT) and gets calls, reminders, timers and deactivations there
(SubscribeActorEventsAlpha1); what it asks for, it asks of the same sidecar over gRPC. It is witnessed where a message
of the stream comes in, before the SDK sees it, and where the SDK sends its reply, after its own save. Where it
listens there is a server without services: Dapr wants one before it takes the stream.

That it connects again, a second after the stream broke off, is the SDK's doing, as are its failures: they are judged.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]
import msgspec
from dapr.actor.error import ActorPayloadDecodeError
from dapr.actor.runtime._grpc_callbacks import build_reminder_fire_body, build_timer_fire_body, extract_reentrancy_id
from dapr.actor.runtime.grpc_host import ActorGrpcHost
from dapr.actor.runtime.runtime import ActorRuntime
from dapr.clients.grpc.dapr_actor_grpc_client import DaprActorGrpcClient
from dapr.serializers import Serializer
from google.protobuf.wrappers_pb2 import BytesValue  # type: ignore[import-untyped]

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


class WitnessedGrpcClient(Witnessed, DaprActorGrpcClient):
    """The SDK's client over gRPC, with every read and save witnessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A turn that a message of the stream begins; `plain` where its body and answer are the SDK's own."""

    actor: str
    cause: Cause
    name: str
    chain: str | None
    asked: Asked
    plain: bool


class StreamHost(ActorGrpcHost):
    """The SDK's host, witnessed at both ends of a turn."""

    def __init__(
        self, *, witness: Witness, types: Mapping[str, type[Subject]], repaired: bool, state_timeout_s: float
    ) -> None:
        super().__init__(timeout_seconds=int(state_timeout_s), app_port=0)
        self._witness = witness
        self._types = types
        self._repaired = repaired

    def _create_actor_client(self, message_serializer: Serializer, state_serializer: Serializer) -> DaprActorGrpcClient:
        super()._create_actor_client(message_serializer, state_serializer)  # opens the channel that all of them share
        return WitnessedGrpcClient(
            timeout=self._timeout_seconds,
            channel=self._channel,
            message_serializer=message_serializer,
            state_serializer=state_serializer,
        )

    async def _dispatch(self, session: Any, message: Any) -> None:
        """One message of the stream: a turn begins before the SDK has it."""
        if message.WhichOneof("response_type") == "deactivate_request":
            ended = message.deactivate_request
            self._witness.deactivated(f"{ended.actor_type}/{ended.actor_id}")
        told = self._told(message)
        if told is not None:
            mark = self._witness.begin(
                actor=told.actor,
                cause=told.cause,
                name=told.name,
                op=told.asked.op,
                chain=told.chain,
                data=told.asked.data,
                callback=told.asked.callback,
            )
            frame = Frame(mark, told.asked.args, self._witness)
            FRAME.set(frame)
            session = _Reply(session, frame, told, repaired=self._repaired)
        await super()._dispatch(session, message)

    def _told(self, message: Any) -> Told | None:
        """The turn that a message begins; None for any other, and for what the SDK refuses by itself."""
        word = message.WhichOneof("response_type")
        request = getattr(message, word)
        subject = self._types.get(request.actor_type)
        of_the_sdk = is_native(subject)
        if subject is None or word == "deactivate_request":
            return None
        chain, op = None, None
        cause: Cause = "call"
        try:
            match word:
                case "invoke_request":
                    name, body = request.method, request.data
                    chain = extract_reentrancy_id(request.metadata)
                    headers = {key.lower(): value for key, value in request.metadata.items()}
                    op = headers.get(OPERATION_HEADER.lower())
                    if name not in subject.METHODS:
                        return None
                case "reminder_request":
                    cause, name, body = "reminder", request.name, build_reminder_fire_body(request)
                case "timer_request":
                    cause, name, body = "timer", request.name, build_timer_fire_body(request)
                case _:
                    return None
            plain = of_the_sdk and cause == "call" and op is None  # called by an actor of the SDK, as these call
            asked = Asked() if plain else _compact(read_body(cause, body, op))
        except (ActorPayloadDecodeError, msgspec.DecodeError):
            return None
        if cause == "reminder" and not of_the_sdk:
            wrapped = json.loads(sdk_reminder(body, asked.data))["data"]
            request.data.Pack(BytesValue(value=json.dumps(wrapped).encode()))
        return Told(
            actor=f"{request.actor_type}/{request.actor_id}",
            cause=cause,
            name=name,
            chain=chain,
            asked=asked,
            plain=plain,
        )


class _Reply:
    """The way back of one turn: it ends when the SDK replies, before the reply is sent."""

    def __init__(self, session: Any, frame: Frame, told: Told, *, repaired: bool) -> None:
        self._session = session
        self._frame = frame
        self._told = told
        self._repaired = repaired

    async def send(self, message: Any) -> None:
        """Witness the end, and give the reply its form."""
        frame, mark = self._frame, self._frame.mark
        called = message.invoke_response if message.HasField("invoke_response") else None
        if message.HasField("request_failed") or (called is not None and called.error):
            if frame.actor is not None:
                await frame.actor.after_failure(repaired=self._repaired)
            frame.witness.end(mark, completed=False)
            if called is not None:
                error = called.data.decode(errors="replace")
                called.data = msgspec.json.encode({"turn": mark.turn, "error": error})
        else:
            result = (called.data if called is not None else b"") or b"null"
            frame.witness.end(mark, completed=True, result=result.decode())
            if called is not None and not self._told.plain:
                called.data = success_body(mark, frame.witness.process, result)
        await self._session.send(message)


def _compact(asked: Asked) -> Asked:
    """With its payload as it was registered: the SDK writes JSON anew, with spaces in it."""
    text = json.dumps(json.loads(asked.data), separators=(",", ":"), ensure_ascii=False)
    return Asked(op=asked.op, args=asked.args, data=text, callback=asked.callback)


async def serve(options: HostOptions) -> None:
    """Serve until SIGTERM or SIGINT, or until the SDK's host gives up."""
    if options.breakage is not None:
        raise UsageError(f"breakage {options.breakage} is only for the bare host: choose subject bare")
    types = subjects_with(options.subject_module)
    with Journal.open(options.journal, process=options.process, clock=SystemClock()) as journal:
        server = grpc.aio.server()
        server.add_insecure_port(str(options.listen))
        await server.start()
        ActorRuntime.set_actor_config(runtime_config(options))
        host = StreamHost(
            witness=Witness(StrictJournal(journal), process=options.process),
            types=types,
            repaired=options.repaired,
            state_timeout_s=options.state_timeout_s,
        )
        plain = PlainSerializer()
        for subject in types.values():
            if issubclass(subject, Native):
                await host.register_actor(subject.ACTOR)
            else:
                await host.register_actor(sdk_actor(subject), plain, plain)
        await _until_told_to_end(asyncio.create_task(host.run_forever()))
        await server.stop(grace=None)


async def _until_told_to_end(running: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


if __name__ == "__main__":
    run(serve)
