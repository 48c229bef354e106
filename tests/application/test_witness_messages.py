"""However a message is written, and however it comes in pieces, it goes on as it came, and its turn is seen."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from tests.application.rig import DEADLINE_S, Peer, answer, connect, put, rig
from tests.properties.of_kind import of

CALL = "/actors/Cart/a%2F1/method/add"
OP = "Actorproof-Body-Of: c.1"
LINE = f"PUT {CALL} HTTP/1.1\r\n"
CHUNKED = b'3\r\n{"n\r\n5\r\n": 1}\r\n0\r\n\r\n'
REQUESTS = {
    "plain": put(CALL, b'{"n": 1}', OP),
    "in odd case": f"{LINE}host: a\r\nactorproof-BODY-of:c.1 \r\ncontent-LENGTH:  8\r\n\r\n".encode() + b'{"n": 1}',
    "without a length": f"{LINE}Host: a\r\n{OP}\r\n\r\n".encode(),
    "chunked": f"{LINE}Host: a\r\n{OP}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + CHUNKED,
    "the same length twice": f"{LINE}Host: a\r\n{OP}\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
    "a folded line": f"{LINE}Host: a\r\nX-Long: a\r\n b\r\n{OP}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
    "lines that end in LF": f"{LINE}Host: a\r\n{OP}\r\nContent-Length: 2\r\n\r\n{{}}".replace("\r", "").encode(),
    "with a body that looks like a head": put(CALL, b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n", OP),
}
ANSWERS = {
    "plain": (answer(200, b'{"n": 1}'), '{"n": 1}'),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, '{"n": 1}'),
    "without a reason": (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n1", "1"),
    "after an early one": (b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + answer(200, b"1"), "1"),
    "ended by the connection": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n1", "1"),
    "chunked, behind a line that ends in LF": (
        b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" + CHUNKED,
        '{"n": 1}',
    ),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", None),
    "failed": (answer(500, b"{}", "content-type: application/json"), None),
    "failed, said in a header": (answer(200, b"{}", "x-daprERRORresponseheader: true"), None),
    "cancelling": (answer(200, b"", "X-DaprReminderCancel: true"), "null"),
}


def through(folder: Path, request: bytes, reply: bytes, *, pieces: int) -> tuple[bytes, bytes, list[ev.AnyEvent]]:
    """What came at the application, and at its caller, of a request and its answer that were sent in pieces."""
    came = bytearray()
    whole = threading.Event()

    def cut(connection: socket.socket, data: bytes) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        size = -(-len(data) // pieces)
        for at in range(0, len(data), size):
            connection.sendall(data[at : at + size])
            if pieces > 1:
                threading.Event().wait(0.002)  # for the pieces to be read one by one

    def handle(connection: socket.socket) -> None:
        first = connection.recv(65536)
        if b"/method/sing" in first:
            return
        came.extend(first)
        while len(came) < len(request):
            came.extend(connection.recv(65536))
        cut(connection, reply)
        whole.set()
        if b"Connection: close" not in reply:
            connection.recv(1)

    quiet = Peer(lambda connection: None)
    with rig(folder, app=Peer(handle), sidecar=quiet) as r, connect(r.inbound) as connection:
        connection.settimeout(DEADLINE_S)
        cut(connection, request)
        assert whole.wait(DEADLINE_S)
        got = bytearray()
        while len(got) < len(reply):
            piece = connection.recv(65536)
            assert piece, bytes(got)
            got += piece
        r.wait_for(ev.TurnEnded)
        return bytes(came), bytes(got), r.events()


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("form", REQUESTS)
def test_a_request_of_any_form_is_a_turn_and_stays_as_it_is(form: str, pieces: int, tmp_path: Path) -> None:
    came, _, events = through(tmp_path, REQUESTS[form], answer(), pieces=pieces)
    assert came == REQUESTS[form]
    (turn,) = of(events, ev.TurnStarted)
    assert (turn.actor, turn.name, turn.op) == ("Cart/a/1", "add", "c.1")


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_of_any_form_ends_its_turn_and_stays_as_it_is(form: str, pieces: int, tmp_path: Path) -> None:
    reply, result = ANSWERS[form]
    _, got, events = through(tmp_path, put(CALL), reply, pieces=pieces)
    assert got == reply
    (ended,) = of(events, ev.TurnEnded)
    assert (ended.completed, ended.result) == (result is not None, result or "null")
    assert ended.cancels is (form == "cancelling")


def test_requests_that_come_together_are_turns_one_by_one(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(5)]
    requests = [put(f"/actors/Cart/1/method/{name}", b"{}") for name in names]
    replies = [answer(200, str(number).encode()) for number in range(5)]
    came = bytearray()

    def handle(connection: socket.socket) -> None:
        came.extend(connection.recv(65536))
        while len(came) < len(b"".join(requests)):
            came.extend(connection.recv(65536))
        connection.sendall(b"".join(replies))
        connection.recv(1)

    with rig(tmp_path, app=Peer(handle), sidecar=Peer(lambda _: None)) as r, connect(r.inbound) as connection:
        connection.sendall(b"".join(requests))
        ended = r.wait_for(ev.TurnEnded, 5)
        started = r.of(ev.TurnStarted)
    assert bytes(came) == b"".join(requests)
    assert [event.name for event in started] == names
    assert [event.result for event in ended if isinstance(event, ev.TurnEnded)] == ["0", "1", "2", "3", "4"]
