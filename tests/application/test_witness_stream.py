"""Of an application that is told over a stream what its actors have to do the witness sees what it sees of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # the library has no types
from dapr.proto import api_v1
from google.protobuf.any_pb2 import Any as AnyMessage  # type: ignore[import-untyped]  # the library has no types
from google.protobuf.wrappers_pb2 import BytesValue  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.history import events as ev
from tests.application.rig import DEADLINE_S, Peer, connect, rig
from tests.properties.of_kind import of

SERVICE = "/dapr.proto.runtime.v1.Dapr/"
Told = api_v1.SubscribeActorEventsResponseAlpha1
Answer = api_v1.SubscribeActorEventsRequestAlpha1
CART: dict[str, Any] = {"actor_type": "Cart", "actor_id": "7"}


def packed(text: bytes) -> AnyMessage:
    data = AnyMessage()
    data.Pack(BytesValue(value=text))
    return data


REQUESTS = [
    Told(initial_response=api_v1.SubscribeActorEventsResponseInitialAlpha1()),
    Told(
        invoke_request=api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(
            id="1", method="add", data=b"x" * 40_000, metadata={"Actorproof-Body-Of": "client-1.1"}, **CART
        )
    ),
    Told(invoke_request=api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(id="2", method="fail", **CART)),
    Told(
        reminder_request=api_v1.SubscribeActorEventsResponseReminderRequestAlpha1(
            id="3", name="pay", data=packed(b'"dGVh"'), **CART
        )
    ),
    Told(
        timer_request=api_v1.SubscribeActorEventsResponseTimerRequestAlpha1(
            id="4", name="tick", callback="beat", data=packed(b"[1]"), **CART
        )
    ),
    Told(invoke_request=api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(id="5", method="no", **CART)),
    Told(deactivate_request=api_v1.SubscribeActorEventsResponseDeactivateRequestAlpha1(id="6", **CART)),
    Told(invoke_request=api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(id="7", method="long", **CART)),
    Told(deactivate_request=api_v1.SubscribeActorEventsResponseDeactivateRequestAlpha1(id="8", **CART)),
]
LEFT = 2  # of these, which the stream's end leaves without an answer
ANSWERS = [
    Answer(initial_request=api_v1.SubscribeActorEventsRequestInitialAlpha1(entities=["Cart"])),
    Answer(invoke_response=api_v1.SubscribeActorEventsRequestInvokeResponseAlpha1(id="1", data=b'{"n":1}')),
    Answer(invoke_response=api_v1.SubscribeActorEventsRequestInvokeResponseAlpha1(id="2", data=b"why", error=True)),
    Answer(reminder_response=api_v1.SubscribeActorEventsRequestReminderResponseAlpha1(id="3", cancel=True)),
    Answer(timer_response=api_v1.SubscribeActorEventsRequestReminderResponseAlpha1(id="4")),
    Answer(request_failed=api_v1.SubscribeActorEventsRequestFailedAlpha1(id="5", code=5, message="no such method")),
    Answer(deactivate_response=api_v1.SubscribeActorEventsRequestDeactivateResponseAlpha1(id="6")),
]


class Sidecar(grpc.GenericRpcHandler):  # type: ignore[misc]  # so its base is not known
    """Tells the next thing to do once the one before was answered; then ends the stream."""

    def __init__(self) -> None:
        self.came: list[bytes] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        if not details.method.endswith("SubscribeActorEventsAlpha1"):
            return grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")

        def handle(messages: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
            for told in REQUESTS:
                if told is REQUESTS[0]:
                    self.came.append(next(messages))
                yield told.SerializeToString()
                if told is not REQUESTS[0] and told not in REQUESTS[-LEFT:]:
                    self.came.append(next(messages))

        return grpc.stream_stream_rpc_method_handler(handle)


def subscribe(port: int) -> list[bytes]:
    """What the application gets, which asks for its state in the first turn."""
    got: list[bytes] = []
    ready = threading.Semaphore(1)

    def answers() -> Iterator[bytes]:
        for each in ANSWERS:
            assert ready.acquire(timeout=DEADLINE_S)
            yield each.SerializeToString()

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        for told in channel.stream_stream(SERVICE + "SubscribeActorEventsAlpha1")(answers(), timeout=DEADLINE_S):
            got.append(told)
            if len(got) == 2:
                asked = api_v1.GetActorStateRequest(key="k", **CART).SerializeToString()
                channel.unary_unary(SERVICE + "GetActorState")(asked, timeout=DEADLINE_S)
            if len(got) > 1:
                ready.release()
    return got


def test_what_is_told_and_answered_over_a_stream_are_turns(tmp_path: Path) -> None:
    handler = Sidecar()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    sidecar = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with rig(tmp_path, app=Peer(lambda _: None), sidecar=sidecar) as r:
        connect(r.inbound).close()
        got = subscribe(r.outbound)
        r.wait_for(ev.TurnLost)
        events = r.events()
    server.stop(None)
    assert got == [each.SerializeToString() for each in REQUESTS]
    assert handler.came == [each.SerializeToString() for each in ANSWERS]
    turns = of(events, ev.TurnStarted)
    assert [(t.actor, t.cause, t.name, t.op, t.data, t.callback, t.instance) for t in turns] == [
        ("Cart/7", "call", "add", "client-1.1", "null", None, 1),
        ("Cart/7", "call", "fail", None, "null", None, 1),
        ("Cart/7", "reminder", "pay", None, '"dGVh"', None, 1),
        ("Cart/7", "timer", "tick", None, "[1]", "beat", 1),
        ("Cart/7", "call", "no", None, "null", None, 1),
        ("Cart/7", "call", "long", None, "null", None, 2),
    ]
    ended = of(events, ev.TurnEnded)
    assert [(e.turn, e.completed, e.result, e.cancels) for e in ended] == [
        (turns[0].turn, True, '{"n":1}', False),
        (turns[1].turn, False, "null", False),
        (turns[2].turn, True, "null", True),
        (turns[3].turn, True, "null", False),
        (turns[4].turn, False, "null", False),
    ]
    assert [event.turn for event in of(events, ev.RuntimeCallStarted)] == [turns[0].turn]
    assert [(e.instance, e.status) for e in of(events, ev.DeactivationAnswered)] == [(1, 200)]
    assert [event.turn for event in of(events, ev.TurnLost)] == [turns[5].turn]
