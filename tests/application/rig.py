"""A witness between two peers of the test's own: what is sent, what comes, and what the journal says of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.candidate import Request
from actorproof.harness.provision.programs import candidates
from tests.properties.of_kind import Kind, of

PROCESS = "host-1/app#1"
DEADLINE_S = 10.0
Handler = Callable[[socket.socket], None]
# An application that ends with the process that holds the other end of its input, and the witness with it.
IDLER = (sys.executable, "-c", "import sys; sys.stdin.read()")


def witness_program() -> Path:
    """The witness, built if it is not there."""
    wanted = candidates(Request(version="1.18.2"), cache=Cache(default_folder()), progress=lambda _: None)["witness"]
    return (wanted.find() or wanted.make()).path


@dataclass
class Peer:
    """A server that gives each connection to a handler, and keeps what it read."""

    handler: Handler
    port: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.handler(connection)

    def close(self) -> None:
        self._listener.close()


@dataclass
class Rig:
    """A witness that runs. `inbound` is where a sidecar dials, `outbound` where an application does."""

    process: subprocess.Popen[bytes]
    journal: Path
    inbound: int
    outbound: int

    def events(self) -> list[ev.AnyEvent]:
        """What was written so far, without the canary and the beginning."""
        found = read_journal(self.journal)
        return [
            event
            for event in found
            if not isinstance(event, ev.JournalOpened)
            and not getattr(event, "actor", "").startswith("Canary/")
            and "canary" not in (getattr(event, "op", "") or "")
            and getattr(event, "turn", "") not in _canary(found)
        ]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The events of a kind."""
        return of(self.events(), kind)

    def wait_for(self, kind: type[Kind], count: int = 1) -> list[Kind]:
        """The events of a kind, once there are so many."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            found = self.of(kind)
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} {kind.__name__} in {self.events()}"
            time.sleep(0.01)


def _canary(events: list[ev.AnyEvent]) -> set[str]:
    return {e.turn for e in events if isinstance(e, ev.TurnStarted) and e.actor.startswith("Canary/")}


@contextlib.contextmanager
def rig(folder: Path, *, app: Peer | int, sidecar: Peer | int, command: tuple[str, ...] = IDLER) -> Iterator[Rig]:
    """A witness with an application and a sidecar of the test's own."""
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    (raw / "run").write_text("a run")
    journal = raw / "host-1_app_1.jsonl"
    with Slot.acquire() as slot:
        inbound, outbound = slot.port(), slot.port()
        process = subprocess.Popen(
            [
                str(witness_program()),
                *("--process", PROCESS),
                *("--journal", str(journal)),
                *("--listen", f"127.0.0.1:{inbound}"),
                *("--app", f"127.0.0.1:{app if isinstance(app, int) else app.port}"),
                *("--out", f"127.0.0.1:{outbound}=127.0.0.1:{sidecar if isinstance(sidecar, int) else sidecar.port}"),
                *("--", *command),
            ],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield Rig(process=process, journal=journal, inbound=inbound, outbound=outbound)
        finally:
            process.kill()
            process.communicate()


def connect(number: int) -> socket.socket:
    """A connection to a port, once somebody listens there."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", number), timeout=DEADLINE_S)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def read_request(connection: socket.socket) -> bytes:
    """One request with a Content-Length or none, to its last byte; empty when the other side has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def put(path: str, body: bytes = b"", *headers: str, method: str = "PUT") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
