"""Over gRPC and HTTP/2 the witness sees what it sees over HTTP/1, and changes as little."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # the library has no types
from dapr.proto import api_v1
from google.protobuf.any_pb2 import Any as AnyMessage  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.history import events as ev
from tests.application.rig import DEADLINE_S, Peer, answer, connect, put, read_request, rig
from tests.properties.of_kind import of

SERVICE = "dapr.proto.runtime.v1.Dapr"


class Sidecar(grpc.GenericRpcHandler):  # type: ignore[misc]  # so its base is not known
    """Answers every method with an empty message, but those of names that it refuses."""

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes, dict[str, str]]] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            self.came.append((details.method, request, dict(context.invocation_metadata())))
            if b"refused" in request:
                context.abort(grpc.StatusCode.INTERNAL, "it can't be")
            return b""

        return grpc.unary_unary_rpc_method_handler(handle)


@contextmanager
def served(sidecar: Sidecar) -> Iterator[int]:
    """The port where it answers."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((sidecar,))
    port: int = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None)


def test_what_is_asked_over_grpc_is_laid_to_the_open_turn(tmp_path: Path) -> None:
    handler = Sidecar()
    messages: list[tuple[str, bytes]] = []

    def handle(connection: object) -> None:
        assert hasattr(connection, "sendall")
        if not read_request(connection):  # type: ignore[arg-type]  # a socket, as the peer gives it
            return
        agent = (("grpc.primary_user_agent", "dapr-sdk-go/1.11.0"),)
        with grpc.insecure_channel(f"127.0.0.1:{r.outbound}", options=agent) as channel:
            for method, message in messages:
                try:
                    channel.unary_unary(f"/{SERVICE}/{method}")(message, timeout=DEADLINE_S)
                except grpc.RpcError as error:
                    assert error.code() is grpc.StatusCode.INTERNAL  # noqa: PT017 - what the sidecar said
        connection.sendall(answer(200))

    save = api_v1.ExecuteActorStateTransactionRequest(
        actor_type="Cart",
        actor_id="7",
        operations=[
            api_v1.TransactionalActorStateOperation(
                operationType="upsert", key="k", value=AnyMessage(value=b'{"n":1}')
            ),
            api_v1.TransactionalActorStateOperation(operationType="delete", key="old"),
        ],
    )
    messages += [
        ("ExecuteActorStateTransaction", save.SerializeToString()),
        ("GetActorState", api_v1.GetActorStateRequest(actor_type="Cart", actor_id="7", key="k").SerializeToString()),
        (
            "RegisterActorReminder",
            api_v1.RegisterActorReminderRequest(
                actor_type="Cart", actor_id="7", name="pay", due_time="3s", period="R2/PT5S", data=b"tea"
            ).SerializeToString(),
        ),
        (
            "UnregisterActorTimer",
            api_v1.UnregisterActorTimerRequest(actor_type="Cart", actor_id="7", name="refused").SerializeToString(),
        ),
    ]
    with served(handler) as sidecar, rig(tmp_path, app=Peer(handle), sidecar=sidecar) as r:
        with connect(r.inbound) as connection:
            connection.sendall(put("/actors/Cart/7/method/add"))
            assert read_request(connection)
        events = r.events()
    assert [(method.rpartition("/")[2], body) for method, body, _ in handler.came] == messages
    assert [(event.sdk, event.version) for event in of(events, ev.SdkNamed)] == [("dapr-go-sdk", "1.11.0")]
    turn = next(event.turn for event in of(events, ev.TurnStarted))
    (saved,) = of(events, ev.SaveStarted)
    assert (saved.turn, saved.actor, saved.writes) == (turn, "Cart/7", '[["k","{\\"n\\":1}"],["old",null]]')
    assert [event.acknowledged for event in of(events, ev.SaveEnded)] == [True]
    asked = of(events, ev.RuntimeCallStarted)
    assert [(each.what, each.name, each.turn) for each in asked] == [
        ("read", "k", turn),
        ("register-reminder", "pay", turn),
        ("unregister-timer", "refused", turn),
    ]
    assert [each.ok for each in of(events, ev.RuntimeCallEnded)] == [True, True, False]
    registered = next(event for event in of(events, ev.Invoked))
    assert registered.args == '{"due_s":3,"period_s":5,"repetitions":2,"ttl_s":null,"data":"dGVh"}'


def test_what_is_asked_is_seen_though_the_answer_comes_before_the_end_of_the_request(tmp_path: Path) -> None:
    """A client may end its side in a frame of its own, as Java's does; servers wait for the message alone."""
    read = api_v1.GetActorStateRequest(actor_type="Cart", actor_id="7", key="k").SerializeToString()

    def handle(connection: object) -> None:
        assert hasattr(connection, "sendall")
        if not read_request(connection):  # type: ignore[arg-type]  # a socket, as the peer gives it
            return
        answered = threading.Event()

        def said() -> Iterator[bytes]:
            yield read
            answered.wait(DEADLINE_S)

        with grpc.insecure_channel(f"127.0.0.1:{r.outbound}") as channel:
            channel.stream_unary(f"/{SERVICE}/GetActorState").future(said()).result(DEADLINE_S)
            answered.set()
        connection.sendall(answer(200))

    with served(Sidecar()) as sidecar, rig(tmp_path, app=Peer(handle), sidecar=sidecar) as r:
        with connect(r.inbound) as connection:
            connection.sendall(put("/actors/Cart/7/method/add"))
            assert read_request(connection)
        events = r.events()
    asked = [(each.what, each.name) for each in of(events, ev.RuntimeCallStarted)]
    assert asked == [("read", "k")]
    assert [each.ok for each in of(events, ev.RuntimeCallEnded)] == [True]


def test_turns_over_http2_begin_and_end_as_over_http1(tmp_path: Path) -> None:
    """An application that speaks HTTP/2 without TLS; gRPC's server stands for it, whose answers are 200 at any rate."""
    quiet = Peer(lambda _: None)
    with served(Sidecar()) as app, rig(tmp_path, app=app, sidecar=quiet) as r:
        connect(r.inbound).close()
        with grpc.insecure_channel(f"127.0.0.1:{r.inbound}") as channel:
            channel.unary_unary("/actors/Cart/7/method/add")(b"x", timeout=DEADLINE_S)
        ended = r.wait_for(ev.TurnEnded)
    assert len(ended) == 1
