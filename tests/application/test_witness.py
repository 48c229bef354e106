"""The witness stands between an application and its sidecar: it changes nothing, and says only what it saw."""

from __future__ import annotations

import os
import queue
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal
from tests.application.rig import (
    DEADLINE_S,
    Peer,
    Rig,
    answer,
    connect,
    put,
    read_request,
    rig,
    witness_program,
)

CALL = "/actors/Cart/7/method/add"
SAVED = b'[{"operation":"upsert","request":{"key":"k","value":{"n":1}}},{"operation":"delete","request":{"key":"old"}}]'


def always(reply: bytes, port: int = 0) -> Peer:
    def handle(connection: socket.socket) -> None:
        while read_request(connection):
            connection.sendall(reply)

    return Peer(handle, port)


class Held:
    """An application that answers each request when it is told to."""

    def __init__(self) -> None:
        self.came: queue.Queue[bytes] = queue.Queue()
        self.release = threading.Event()
        self.ended = threading.Event()
        self.peer = Peer(self._handle)

    def _handle(self, connection: socket.socket) -> None:
        while request := read_request(connection):
            if b"/method/sing" in request:
                continue
            self.came.put(request)
            self.release.wait(DEADLINE_S)
            connection.sendall(answer(200, b"1"))
        self.ended.set()


@pytest.fixture
def quiet_sidecar() -> Iterator[Peer]:
    peer = always(answer(204))
    yield peer
    peer.close()


def call(r: Rig, path: str, body: bytes = b"", *headers: str, method: str = "PUT") -> bytes:
    with connect(r.inbound) as connection:
        connection.sendall(put(path, body, *headers, method=method))
        return read_request(connection)


def ask(r: Rig, path: str, body: bytes = b"", *headers: str, method: str = "POST") -> bytes:
    with connect(r.outbound) as connection:
        connection.sendall(put(path, body, *headers, method=method))
        return read_request(connection)


def test_a_turn_begins_before_its_request_is_passed_on_and_ends_before_its_answer_is(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    held = Held()
    with rig(tmp_path, app=held.peer, sidecar=quiet_sidecar) as r, connect(r.inbound) as connection:
        connection.sendall(
            put("/actors/Cart/7/method/add", b"{}", "Actorproof-Body-Of: client-1.1", "Dapr-Reentrancy-Id: x")
        )
        held.came.get(timeout=DEADLINE_S)
        (started,) = r.of(ev.TurnStarted)
        assert (started.actor, started.cause, started.name) == ("Cart/7", "call", "add")
        assert (started.op, started.chain, started.instance) == ("client-1.1", "x", 1)
        assert not r.of(ev.TurnEnded)
        held.release.set()
        assert read_request(connection).endswith(b"1")
        (ended,) = r.of(ev.TurnEnded)
        assert (ended.turn, ended.completed, ended.result) == (started.turn, True, "1")


def test_reminders_and_timers_carry_what_was_registered(tmp_path: Path, quiet_sidecar: Peer) -> None:
    with rig(tmp_path, app=always(answer()), sidecar=quiet_sidecar) as r:
        call(r, "/actors/Cart/7/method/remind/pay", b'{"data":{"a":1},"dueTime":"","period":""}')
        call(r, "/actors/Cart/7/method/timer/beat", b'{"data":"x","callback":"tick","dueTime":"","period":""}')
        reminder, timer = r.wait_for(ev.TurnStarted, 2)
        assert (reminder.cause, reminder.name, reminder.data) == ("reminder", "pay", '{"a":1}')
        assert (timer.cause, timer.name, timer.data, timer.callback) == ("timer", "beat", '"x"', "tick")


def test_a_new_instance_begins_with_the_first_request_after_a_delete(tmp_path: Path, quiet_sidecar: Peer) -> None:
    with rig(tmp_path, app=always(answer()), sidecar=quiet_sidecar) as r:
        call(r, "/actors/Cart/7/method/add")
        call(r, "/actors/Cart/7/method/add")
        call(r, "/actors/Cart/7", method="DELETE")
        call(r, "/actors/Cart/7", method="DELETE")
        call(r, "/actors/Cart/7/method/add")
        r.wait_for(ev.TurnEnded, 3)
        assert [event.instance for event in r.of(ev.Activated)] == [1, 2]
        # The second DELETE is of an actor that the application does not hold.
        assert [event.instance for event in r.of(ev.Deactivated)] == [1, 0]
        assert [event.status for event in r.of(ev.DeactivationAnswered)] == [200, 200]


def test_what_is_asked_of_the_sidecar_is_laid_to_the_one_open_turn_of_its_actor(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    held = Held()
    with rig(tmp_path, app=held.peer, sidecar=quiet_sidecar) as r, connect(r.inbound) as connection:
        connection.sendall(put("/actors/Cart/7/method/add"))
        held.came.get(timeout=DEADLINE_S)
        ask(r, "/v1.0/actors/Cart/7/state", SAVED)
        ask(r, "/v1.0/actors/Cart/7/state/k", method="GET")
        ask(r, "/v1.0/actors/Cart/7/reminders/pay", b'{"dueTime":"0h0m3s0ms0\xce\xbcs","period":"R2/PT5S","data":"x"}')
        ask(r, "/v1.0/actors/Cart/8/state/k", method="GET")
        held.release.set()
        read_request(connection)
        turn = next(event.turn for event in r.of(ev.TurnStarted))
        (save,) = r.of(ev.SaveStarted)
        assert (save.turn, save.actor, save.writes) == (turn, "Cart/7", '[["k","{\\"n\\":1}"],["old",null]]')
        asked = r.of(ev.RuntimeCallStarted)
        assert [(event.what, event.turn) for event in asked] == [("read", turn), ("register-reminder", turn)]
        (registered,) = r.of(ev.Invoked)
        assert (registered.client, registered.action, registered.name) == (turn, "register-reminder", "pay")
        assert registered.args == '{"due_s":3,"period_s":5,"repetitions":2,"ttl_s":null,"data":"x"}'
        (stray,) = r.of(ev.Unattributed)
        assert (stray.actor, stray.what, stray.open) == ("Cart/8", "read", 0)


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        ("dapr-sdk-js/v3.18.0 http/1", ("dapr-js-sdk", "3.18.0")),
        ("dapr-sdk-python/1.19.0", ("dapr-python-sdk", "1.19.0")),
        ("dapr-python-sdk/1.19.0", ("dapr-python-sdk", "1.19.0")),
        ("curl/8.5.0", None),
    ],
)
def test_the_sdk_that_an_application_names_is_told_once(
    tmp_path: Path, quiet_sidecar: Peer, agent: str, named: tuple[str, str] | None
) -> None:
    with rig(tmp_path, app=always(answer()), sidecar=quiet_sidecar) as r:
        for _ in range(2):
            ask(r, "/v1.0/healthz/outbound", b"", f"User-Agent: {agent}", method="GET")
        told = [(event.sdk, event.version) for event in r.of(ev.SdkNamed)]
        assert told == ([named] if named else [])


def test_a_save_of_no_turn_that_is_refused_is_told(tmp_path: Path) -> None:
    with rig(tmp_path, app=always(answer()), sidecar=always(answer(400, b"no"))) as r:
        ask(r, "/v1.0/actors/Cart/7/state", b"[]")
        (refusal,) = r.wait_for(ev.UnattributedRefused)
        assert (refusal.actor, refusal.what, refusal.reason) == ("Cart/7", "save", "status-400 no")


def test_with_two_turns_of_an_actor_open_nothing_is_laid_to_either(tmp_path: Path, quiet_sidecar: Peer) -> None:
    held = Held()
    with rig(tmp_path, app=held.peer, sidecar=quiet_sidecar) as r, connect(r.inbound) as one, connect(r.inbound) as two:
        for connection in (one, two):
            connection.sendall(put("/actors/Cart/7/method/add"))
            held.came.get(timeout=DEADLINE_S)
        ask(r, "/v1.0/actors/Cart/7/state", b"[]")
        (stray,) = r.wait_for(ev.Unattributed)
        assert (stray.what, stray.open) == ("save", 2)
        held.release.set()


def test_of_two_turns_of_an_actor_what_has_the_trace_of_one_is_laid_to_it(tmp_path: Path, quiet_sidecar: Peer) -> None:
    held = Held()
    traces = [f"Traceparent: 00-{digit * 32}-00f067aa0ba902b7-01" for digit in "ab"]
    with rig(tmp_path, app=held.peer, sidecar=quiet_sidecar) as r, connect(r.inbound) as one, connect(r.inbound) as two:
        for connection, trace in zip((one, two), traces, strict=True):
            connection.sendall(put("/actors/Cart/7/method/add", b"", trace))
            held.came.get(timeout=DEADLINE_S)
        ask(r, "/v1.0/actors/Cart/7/state", b"[]", traces[1].lower())
        (save,) = r.wait_for(ev.SaveStarted)
        turns = [event.turn for event in r.of(ev.TurnStarted)]
        assert save.turn == turns[1]
        held.release.set()


def test_what_is_asked_where_no_turn_is_open_is_laid_to_the_turn_that_was_lost_from_sight(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.recv(1)  # it closes when the caller does, and goes on unseen, as Python and JavaScript do

    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r:
        with connect(r.inbound) as connection:
            connection.sendall(put("/actors/Cart/7/method/add"))
            r.wait_for(ev.TurnStarted)
        (lost,) = r.wait_for(ev.TurnLost)
        ask(r, "/v1.0/actors/Cart/7/state", b"[]")
        ask(r, "/v1.0/actors/Cart/8/state", b"[]")
        (save,) = r.wait_for(ev.SaveStarted)
        (stray,) = r.wait_for(ev.Unattributed)
        assert "hung up" in lost.reason
        assert not r.of(ev.TurnEnded), "its end can't be seen, and is not guessed"
        assert save.turn == lost.turn
        assert stray.actor == "Cart/8"


def test_what_may_be_of_an_open_turn_or_of_one_lost_a_moment_ago_is_laid_to_neither(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    came: queue.Queue[None] = queue.Queue()

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        came.put(None)
        connection.recv(1)

    within_ns = 100_000_000
    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r:
        for number in range(20):  # until one came at once: on a busy machine the moment may be over
            actor = f"Cart/{number}"
            with connect(r.inbound) as first:
                first.sendall(put(f"/actors/{actor}/method/add"))
                came.get(timeout=DEADLINE_S)
            lost = r.wait_for(ev.TurnLost, 2 * number + 1)[-1]
            with connect(r.inbound) as second:
                second.sendall(put(f"/actors/{actor}/method/add"))
                came.get(timeout=DEADLINE_S)
                ask(r, f"/v1.0/actors/{actor}/state", b"[]")
                told = (e for e in r.events() if isinstance(e, ev.Unattributed | ev.SaveStarted))
                asked = next(e for e in told if e.actor == actor)
            r.wait_for(ev.TurnLost, 2 * number + 2)
            if asked.t_ns - lost.t_ns <= within_ns:
                assert isinstance(asked, ev.Unattributed)
                assert asked.open == 2
                return
    pytest.fail("no request came within the moment")


def test_a_caller_that_hangs_up_is_passed_on_and_the_true_end_of_the_turn_is_seen(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    hung_up = threading.Event()

    def handle(connection: socket.socket) -> None:
        if b"/method/sing" in read_request(connection):
            return
        assert connection.recv(1) == b""
        hung_up.set()
        time.sleep(0.2)  # it goes on all the same, as Go and Java do
        connection.sendall(answer(200, b"done"))

    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r:
        with connect(r.inbound) as connection:
            connection.sendall(put("/actors/Cart/7/method/add"))
            r.wait_for(ev.TurnStarted)
        assert hung_up.wait(DEADLINE_S)
        (ended,) = r.wait_for(ev.TurnEnded)
        assert ended.completed
        assert not r.of(ev.TurnLost)


def test_an_application_that_breaks_a_connection_breaks_that_of_its_caller_and_nothing_is_sent_again(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    came: queue.Queue[bytes] = queue.Queue()

    def handle(connection: socket.socket) -> None:
        request = read_request(connection)
        if b"/method/sing" not in request:
            came.put(request)

    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r:
        assert call(r, "/actors/Cart/7/method/add") == b""
        r.wait_for(ev.TurnLost)
        assert came.qsize() == 1


def http2(path: str) -> bytes:
    """The beginning of a connection of HTTP/2, and one PUT, whose fields are written out."""
    fields = {":method": "PUT", ":scheme": "http", ":authority": "a", ":path": path}
    block = b"".join(b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in pair) for pair in fields.items())
    settings, headers = bytes(3) + b"\4" + bytes(5), len(block).to_bytes(3) + b"\1\5" + (1).to_bytes(4) + block
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + headers


@pytest.mark.parametrize("request_", [put(CALL), http2(CALL)], ids=["HTTP/1", "HTTP/2"])
def test_a_caller_learns_that_a_connection_has_ended_before_it_asks_and_what_it_asks_then_is_lost_from_sight(
    tmp_path: Path, quiet_sidecar: Peer, request_: bytes
) -> None:
    with rig(tmp_path, app=Peer(lambda _: None), sidecar=quiet_sidecar) as r, connect(r.inbound) as connection:
        assert connection.recv(1) == b""
        connection.sendall(request_)
        (lost,) = r.wait_for(ev.TurnLost)
        (started,) = r.of(ev.TurnStarted)
        assert lost.turn == started.turn


def test_a_turn_that_is_answered_before_its_request_has_come_whole_is_lost_from_sight(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer(413))
        while connection.recv(65536):
            pass

    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r, connect(r.inbound) as connection:
        connection.sendall(f"PUT {CALL} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n".encode())
        assert read_request(connection) == answer(413)
        connection.sendall(b"0\r\n\r\n")
        (lost,) = r.wait_for(ev.TurnLost)
        assert "before it had come whole" in lost.reason


def test_a_witness_that_may_open_no_more_files_says_so_and_serves_again_once_it_may(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    with rig(tmp_path, app=always(answer()), sidecar=quiet_sidecar) as r:
        call(r, "/dapr/config", method="GET")
        files = resource.RLIMIT_NOFILE
        soft, hard = resource.prlimit(r.process.pid, files)
        resource.prlimit(r.process.pid, files, (0, hard))
        with connect(r.inbound) as connection:
            (trouble,) = r.wait_for(ev.Troubled)
            assert "too many open files" in trouble.text
            resource.prlimit(r.process.pid, files, (soft, hard))
            connection.sendall(put("/dapr/config", method="GET"))
            assert read_request(connection) == answer()


def test_the_witness_listens_only_once_the_application_does(tmp_path: Path, slot: Slot, quiet_sidecar: Peer) -> None:
    number = slot.port()
    with rig(tmp_path, app=number, sidecar=quiet_sidecar) as r:
        connect(r.outbound).close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", r.inbound), timeout=1)
        always(answer(), port=number)
        assert call(r, "/dapr/config", method="GET").startswith(b"HTTP/1.1 200")


def test_the_witness_sings_two_turns_at_once_that_the_application_never_sees(
    tmp_path: Path, quiet_sidecar: Peer
) -> None:
    came: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        while request := read_request(connection):
            came.append(request)
            connection.sendall(answer())

    with rig(tmp_path, app=Peer(handle), sidecar=quiet_sidecar) as r:
        call(r, "/dapr/config", method="GET")
        events = read_journal(r.journal)
    kinds = [type(event) for event in events if isinstance(event, ev.TurnStarted | ev.TurnEnded)]
    assert kinds[:4] == [ev.TurnStarted, ev.TurnStarted, ev.TurnEnded, ev.TurnEnded]
    assert not [request for request in came if b"Canary" in request]


def test_a_witness_ends_with_its_application_and_an_application_with_its_witness(
    tmp_path: Path, slot: Slot, quiet_sidecar: Peer
) -> None:
    with rig(tmp_path, app=slot.port(), sidecar=quiet_sidecar, command=("sh", "-c", "exit 7")) as r:
        assert r.process.wait(DEADLINE_S) == 7
    pid_file = tmp_path / "pid"
    (tmp_path / "second").mkdir()
    command = ("sh", "-c", f"echo $$ > {pid_file}; exec sleep 600")
    with rig(tmp_path / "second", app=slot.port(), sidecar=quiet_sidecar, command=command) as r:
        deadline = time.monotonic() + DEADLINE_S
        while not pid_file.is_file() or not pid_file.read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        r.process.send_signal(signal.SIGKILL)
        r.process.wait()
        while alive(int(pid_file.read_text())):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_witness_in_a_container_sends_signals_on_to_its_application(tmp_path: Path, slot: Slot) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "run").write_text("a run")
    inbound = slot.port()
    words = ("--process", "host-1/app#1", "--journal", str(tmp_path / "raw" / "j.jsonl"), "--forward")
    ends = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        (witness_program(), *words, "--listen", f"127.0.0.1:{inbound}", "--app", "127.0.0.1:1", "--", "sh", "-c", ends),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(DEADLINE_S) == 9


def test_a_witness_that_is_asked_wrongly_says_what_it_needs() -> None:
    done = subprocess.run([witness_program()], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "needed" in done.stderr
