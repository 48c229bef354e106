"""A node of a Ray cluster as one process, which starts and watches Ray's own and keeps the journal of its turns.

``python -m actorproof.harness.runtimes.ray_cluster.host.node --name host-1 ...``; with ``--head`` it is the head: the
GCS and a raylet that runs nothing. It ends when one of Ray's processes does, and takes the others along.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any

from actorproof.harness.runtimes.ray_cluster.host.health import Handler, serve
from actorproof.harness.runtimes.ray_cluster.host.log import Log
from actorproof.harness.runtimes.ray_cluster.host.witness import TURNS, WITNESS

WATCH_S = 0.1
OBJECTS_BYTES = 100_000_000


class Turns:
    """Takes what workers tell of their turns, each over a connection of its own."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._count = 0
        self._open: dict[str, dict[str, Any]] = {}
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more workers."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            threading.Thread(target=self._listen, args=(connection, number), daemon=True).start()

    def _listen(self, connection: socket.socket, number: int) -> None:
        """Take the events of one worker, and see to its open turns when it is gone."""
        pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        worker = _Worker(self, self._log, number, pid)
        try:
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        break  # the worker died in the middle of it
                    connection.sendall(json.dumps(worker.take(json.loads(line))).encode() + b"\n")
        except OSError:
            pass
        finally:
            worker.gone()

    def began(self, turn: str, actor: str, pid: int) -> None:
        """A turn is open in a worker."""
        with self._lock:
            self._open[turn] = {"turn": turn, "actor": actor, "pid": pid}

    def ended(self, turn: str) -> None:
        """A turn is over."""
        with self._lock:
            self._open.pop(turn, None)

    def open(self) -> list[dict[str, Any]]:
        """The turns that are open, each with its actor and the process that runs it; the oldest first."""
        with self._lock:
            return list(self._open.values())

    def next(self) -> int:
        """A number that was not given before."""
        with self._lock:
            self._count += 1
            return self._count


class _Worker:
    """One worker process. It is an instance of each actor that has a turn in it."""

    def __init__(self, turns: Turns, log: Log, number: int, pid: int) -> None:
        self._turns = turns
        self._log = log
        self._number = number
        self._pid = pid
        self._open: set[str] = set()
        self._seen: set[str] = set()
        self._last_ns = 0

    def take(self, said: dict[str, Any]) -> dict[str, Any]:
        """Write what it said, and the answer."""
        match said["do"]:
            case "begin":
                return self._begin(said)
            case "end":
                self._open.discard(said["turn"])
                self._turns.ended(said["turn"])
                self._last_ns = self._log.write(
                    "turn-ended", turn=said["turn"], completed=said["completed"], result=said["result"]
                )
                return {}
            case "save":
                save = f"{self._log.process}:s{self._turns.next()}"
                self._last_ns = self._log.write(
                    "save-started", save=save, turn=said["turn"], actor=said["actor"], writes=said["writes"]
                )
                return {"save": save}
            case "saved":
                # Of an earlier life of this node: that one's journal is closed.
                if said["save"].startswith(f"{self._log.process}:"):
                    self._log.write("save-ended", save=said["save"], acknowledged=True)
                return {}
            case other:
                raise ValueError(other)

    def _begin(self, said: dict[str, Any]) -> dict[str, Any]:
        turn = f"{self._log.process}:t{self._turns.next()}"
        if said["actor"] not in self._seen:
            self._seen.add(said["actor"])
            nonce = f"{os.getpid()}-{self._number}"
            self._log.write("activated", actor=said["actor"], instance=self._number, nonce=nonce)
        self._open.add(turn)
        self._last_ns = self._log.write(
            "turn-started",
            turn=turn,
            actor=said["actor"],
            instance=self._number,
            cause="call",
            name=said["name"],
            op=said["op"],
            chain=None,
            data="null",
            callback=None,
        )
        self._turns.began(turn, said["actor"], self._pid)
        return {"turn": turn, "instance": self._number, "process": self._log.process}

    def gone(self) -> None:
        """Its process has ended: no turn of it is open any more, and when it ended nobody saw."""
        for turn in sorted(self._open):
            self._log.write("turn-lost", turn=turn, reason="its worker died", seen_ns=self._last_ns)
            self._turns.ended(turn)


def handler(turns: Turns | None) -> type[Handler]:
    """What answers whoever asks a node; the head has no turns."""

    class Requests(Handler):
        """Whether this process is ready, and which turns are open."""

        def do_GET(self) -> None:  # noqa: N802 - as the library calls it
            if self.path == "/turns" and turns is not None:
                self.answer(200, turns.open())
                return
            super().do_GET()

    return Requests


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="One node of a Ray cluster.")
    parser.add_argument("--name", required=True)
    parser.add_argument("--head", action="store_true")
    parser.add_argument("--process", default="")
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--witness", type=Path)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--ip", required=True)
    parser.add_argument("--gcs", required=True)
    parser.add_argument("--node-port", type=int, required=True)
    parser.add_argument("--object-port", type=int, required=True)
    parser.add_argument("--sockets", type=Path, required=True)
    parser.add_argument("--cpus", type=int, required=True)
    parser.add_argument("--config", type=json.loads, default=None)
    return parser.parse_args()


def start(options: argparse.Namespace) -> Any:
    """Ray's processes of this node. What Ray raises when they don't start goes on."""
    importlib.import_module("ray")
    try:
        module = importlib.import_module("ray._private.node")
    except ImportError:
        module = importlib.import_module("ray.node")
    parameter = importlib.import_module("ray._private.parameter")
    _, _, port = options.gcs.rpartition(":")
    place = {"gcs_server_port": int(port), "_system_config": options.config} if options.head else {}
    params = parameter.RayParams(
        node_ip_address=options.ip,
        gcs_address=None if options.head else options.gcs,
        num_cpus=options.cpus,
        resources={} if options.head else {TURNS: 1000},
        object_store_memory=OBJECTS_BYTES,
        node_manager_port=options.node_port,
        object_manager_port=options.object_port,
        min_worker_port=0,
        max_worker_port=0,
        raylet_socket_name=str(options.sockets / f"{options.name}.raylet"),
        plasma_store_socket_name=str(options.sockets / f"{options.name}.objects"),
        temp_dir=str(options.sockets / "ray"),
        include_dashboard=False,
        include_log_monitor=False,
        **place,
    )
    return module.Node(params, head=options.head, shutdown_at_exit=False, spawn_reaper=False)


def _last(node: Any, name: str) -> str:
    """The last thing that a process of this node said in its log; nothing where that can't be read."""
    logs = node.get_logs_dir_path()
    # The nodes of one session share a folder, and number what they write there.
    number = node._incremental_dict[".out", name, logs] - 1  # noqa: SLF001 - Ray tells it nowhere else
    file = Path(logs, f"{name}.{number}.out" if number > 0 else f"{name}.out")
    try:
        lines = file.read_text("utf-8", "replace")
    except OSError:
        return ""
    told = [line for line in lines.splitlines() if " E " in line or " C " in line]
    return f", {told[-1][:300]}" if told else ""


def main() -> None:
    """Run until SIGTERM, or until a process of Ray's ends."""
    options = parse()
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    options.sockets.mkdir(parents=True, exist_ok=True)
    turns = None
    if options.journal is not None:
        turns = Turns(Log(options.journal, process=options.process), options.witness)
        os.environ[WITNESS] = str(options.witness)
    for name in ("raylet", "objects"):
        (options.sockets / f"{options.name}.{name}").unlink(missing_ok=True)
    try:
        node = start(options)
    except Exception as error:  # noqa: BLE001 - whatever Ray raises, one line says it
        sys.exit(f"Ray's node {options.name} does not start: {type(error).__name__}: {' '.join(str(error).split())}")
    ip, _, port = options.listen.rpartition(":")
    try:
        serve(ip, int(port), handler(turns))
    except OSError as error:
        node.kill_all_processes(check_alive=False, allow_graceful=True)
        sys.exit(f"Ray's node {options.name} does not start: {options.listen}: {error.strerror}")
    while not asked.wait(WATCH_S):
        if dead := [f"{name} (code {process.poll()}{_last(node, name)})" for name, process in node.dead_processes()]:
            sys.exit(f"Ray's node {options.name} ends: {', '.join(dead)} ended")
    node.kill_all_processes(check_alive=False, allow_graceful=True)


if __name__ == "__main__":
    main()
