"""Hosts that are told over a gRPC stream, or over HTTP/2, run and witness the turns that others do."""

from __future__ import annotations

import asyncio
import base64
import json
import queue
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # the library has no types
import h2.config
import h2.connection
import h2.events
import pytest
from dapr.proto import api_v1
from google.protobuf.any_pb2 import Any as AnyMessage  # type: ignore[import-untyped]  # the library has no types
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # the library has no types
from google.protobuf.wrappers_pb2 import BytesValue  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal
from actorproof.harness.request import OPERATION_HEADER
from tests.properties.of_kind import Kind, of
from tests.subjects.conftest import DEADLINE_S, forked

from .conftest import Start

Told = api_v1.SubscribeActorEventsResponseAlpha1
Heard = api_v1.SubscribeActorEventsRequestAlpha1


METHODS = {
    "GetActorState": "get",
    "ExecuteActorStateTransaction": "save",
    "RegisterActorTimer": "register_timer",
}


class Sidecar(grpc.GenericRpcHandler):  # type: ignore[misc]  # so its base is not known
    """Keeps state in memory, and tells its application what `tell` is given."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.registered: dict[str, Any] = {}
        self._heard: queue.Queue[Any] = queue.Queue()
        self._tell: queue.Queue[Any] = queue.Queue()

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        if name == "SubscribeActorEventsAlpha1":
            return grpc.stream_stream_rpc_method_handler(
                self._stream, request_deserializer=Heard.FromString, response_serializer=Told.SerializeToString
            )
        form = getattr(api_v1, f"{name}Request", Empty)
        return grpc.unary_unary_rpc_method_handler(
            getattr(self, METHODS[name]),
            request_deserializer=form.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _stream(self, heard: Iterator[Any], _: Any) -> Iterator[Any]:
        def listen() -> None:
            with suppress(grpc.RpcError):  # the application ended
                for message in heard:
                    self._heard.put(message)

        assert next(heard).HasField("initial_request")
        threading.Thread(target=listen, daemon=True).start()
        yield Told(initial_response=api_v1.SubscribeActorEventsResponseInitialAlpha1())
        while (message := self._tell.get()) is not None:
            yield message

    def get(self, request: Any, _: Any) -> Any:
        return api_v1.GetActorStateResponse(data=self.state.get(request.key, b""))

    def save(self, request: Any, _: Any) -> Any:
        self.state |= {each.key: each.value.value for each in request.operations}
        return Empty()

    def register_timer(self, request: Any, _: Any) -> Any:
        self.registered[request.name] = request
        return Empty()

    def ask(self, **message: Any) -> Any:
        """Tell the application, and wait for what it answers."""
        self._tell.put(Told(**message))
        return self._heard.get(timeout=DEADLINE_S)

    def call(self, actor: str, method: str, body: bytes, **metadata: str) -> Any:
        type_, _, id_ = actor.partition("/")
        asked = api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(
            id="1", actor_type=type_, actor_id=id_, method=method, data=body, metadata=metadata
        )
        return self.ask(invoke_request=asked).invoke_response

    def end(self) -> None:
        self._tell.put(None)


@dataclass(frozen=True)
class Rig:
    """A stream host and its sidecar."""

    sidecar: Sidecar
    journal: Path

    def events(self, kind: type[Kind]) -> list[Kind]:
        return of(read_journal(self.journal), kind)


@pytest.fixture
def rig(tmp_path: Path, slot: Slot, host_options: tuple[str, ...]) -> Iterator[Rig]:
    """They end in good order."""
    sidecar = Sidecar()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((sidecar,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    journal = tmp_path / "host-1_app_1.jsonl"
    words = (
        *("--host", "host-1", "--process", "host-1/app#1", "--journal", str(journal)),
        *("--listen", f"127.0.0.1:{slot.port()}", "--sidecar", "127.0.0.1:1", *host_options),
    )
    process = forked("stream", words, DAPR_GRPC_ENDPOINT=f"127.0.0.1:{port}")
    try:
        yield Rig(sidecar, journal)
        process.terminate()
        process.join(DEADLINE_S)
        assert process.exitcode == 0
    finally:
        sidecar.end()
        process.kill()
        process.join()
        server.stop(None)


def test_a_call_over_the_stream_is_answered_saved_and_witnessed_in_order(rig: Rig) -> None:
    answer = rig.sidecar.call("Counter/a", "add", b'{"op":"op-1","args":{"by":3}}')
    (started,) = rig.events(ev.TurnStarted)
    assert json.loads(answer.data) == {
        "turn": started.turn, "instance": 1, "process": "host-1/app#1", "result": 3,
    }  # fmt: skip
    assert (started.actor, started.op, started.cause, started.name) == ("Counter/a", "op-1", "call", "add")
    kinds = [type(event).__name__ for event in rig.events(ev.Event)]
    assert kinds[1:] == [
        "Activated", "TurnStarted", "RuntimeCallStarted", "RuntimeCallEnded", "SaveStarted", "SaveEnded",
        "TurnEnded",
    ]  # fmt: skip
    (save,) = rig.events(ev.SaveStarted)
    ((key, text),) = json.loads(save.writes)
    assert json.loads(rig.sidecar.state[key]) == json.loads(text)


def test_a_body_of_any_form_reaches_its_method_over_the_stream(rig: Rig) -> None:
    assert not rig.sidecar.call("Parcel/a", "put", b"\x00\xff", **{OPERATION_HEADER: "op-1"}).error
    assert [turn.op for turn in rig.events(ev.TurnStarted)] == ["op-1"]
    answer = json.loads(rig.sidecar.call("Parcel/a", "get", b"{}").data)
    assert base64.b64decode(answer["result"]) == b"\x00\xff"


@pytest.mark.parametrize(("host_options", "seen"), [((), 1), (("--repaired", "true"), 0)])
def test_what_a_failed_turn_staged_over_the_stream(rig: Rig, seen: int) -> None:
    answer = rig.sidecar.call("Counter/c", "fail", b"{}")
    assert answer.error
    assert "error" in json.loads(answer.data)
    assert [turn.completed for turn in rig.events(ev.TurnEnded)] == [False]
    assert json.loads(rig.sidecar.call("Counter/c", "get", b"{}").data)["result"] == seen


@pytest.mark.parametrize("data", ["null", '{"a":[1,{"b":null}],"c":0.5,"d":"gr\u00fc\u00df"}'])
def test_a_reminder_over_the_stream_is_a_turn_with_what_it_was_registered_with(rig: Rig, data: str) -> None:
    packed = AnyMessage()
    packed.Pack(BytesValue(value=data.encode()))
    asked = api_v1.SubscribeActorEventsResponseReminderRequestAlpha1(
        id="1", actor_type="Recorder", actor_id="a", name="r", data=packed
    )
    assert rig.sidecar.ask(reminder_request=asked).HasField("reminder_response")
    (turn,) = rig.events(ev.TurnStarted)
    assert (turn.cause, turn.name, turn.data) == ("reminder", "r", data)


def test_a_timer_over_the_stream_is_a_turn_with_what_it_was_registered_with(rig: Rig) -> None:
    timer = b'{"args":{"name":"t","due_s":1,"data":{"a":[1]}}}'
    assert not rig.sidecar.call("Ticker/a", "start", timer).error
    registered = rig.sidecar.registered["t"]
    packed = AnyMessage()
    packed.Pack(BytesValue(value=json.dumps(base64.b64encode(registered.data).decode()).encode()))
    asked = api_v1.SubscribeActorEventsResponseTimerRequestAlpha1(
        id="2", actor_type="Ticker", actor_id="a", name="t", callback=registered.callback, data=packed
    )
    assert rig.sidecar.ask(timer_request=asked).HasField("timer_response")
    turn = rig.events(ev.TurnStarted)[-1]
    assert (turn.cause, turn.name, turn.data, turn.callback) == ("timer", "t", '{"a":[1]}', "tick")


def test_a_deactivation_over_the_stream_ends_the_instance(rig: Rig) -> None:
    rig.sidecar.call("Counter/a", "add", b'{"args":{"by":3}}')
    asked = api_v1.SubscribeActorEventsResponseDeactivateRequestAlpha1(id="2", actor_type="Counter", actor_id="a")
    assert rig.sidecar.ask(deactivate_request=asked).HasField("deactivate_response")
    assert json.loads(rig.sidecar.call("Counter/a", "get", b"{}").data)["instance"] == 2


async def test_a_host_over_http_2_answers_and_witnesses_turns(start: Start) -> None:
    async with start(kind="sdk", options=("--h2c", "true")) as host:
        address = host.base.removeprefix("http://")
        status, body = await _put_over_http2(address, "/actors/Counter/a/method/add", b'{"args":{"by":3}}')
        assert (status, json.loads(body)["result"]) == (200, 3)
        assert [turn.name for turn in host.turns()] == ["add"]
        assert await host.stop() == 0


async def _put_over_http2(address: str, path: str, body: bytes) -> tuple[int, bytes]:
    """One request over HTTP/2 by prior knowledge."""
    ip, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(ip, int(port))
    link = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
    link.initiate_connection()
    names = {":method": "PUT", ":path": path, ":scheme": "http", ":authority": address}
    link.send_headers(1, list(names.items()))
    link.send_data(1, body, end_stream=True)
    status, got = 0, b""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            writer.write(link.data_to_send())
            for event in link.receive_data(await reader.read(65536)):
                if isinstance(event, h2.events.ResponseReceived):
                    status = int(dict(event.headers)[b":status"])
                elif isinstance(event, h2.events.DataReceived):
                    got += event.data
                elif isinstance(event, h2.events.StreamEnded):
                    writer.close()
                    return status, got
