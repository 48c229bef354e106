"""Witness: how a worker tells its node what its turns do. The node answers once the event stands in its journal."""

from __future__ import annotations

import json
import os
import socket
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

WITNESS = "ACTORPROOF_WITNESS"
"""The environment variable with the socket of the node's witness."""
TURNS = "turns"
"""What nodes with a witness have of, so that nothing runs on the head that asks for no processor."""


@dataclass
class Mark:
    """A turn that began: its id, its actor, the operation that it is of, and the save that it made."""

    turn: str
    actor: str
    op: str | None
    instance: int
    process: str
    saved: str | None = None


class Witness:
    """The line of a process to the witness of its node."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rb")

    def begin(self, actor: str, name: str, op: str | None) -> Mark:
        """A turn begins: called before any code of the actor runs."""
        said = self._ask({"do": "begin", "actor": actor, "name": name, "op": op})
        return Mark(said["turn"], actor, op, said["instance"], said["process"])

    def end(self, mark: Mark, *, completed: bool, result: str = "null") -> None:
        """A turn ends: called after all code of the actor has run."""
        self._ask({"do": "end", "turn": mark.turn, "completed": completed, "result": result})

    def save_started(self, mark: Mark, writes: list[tuple[str, str]]) -> str:
        """A turn has changed what the runtime is to keep; the id of that save."""
        said = self._ask({"do": "save", "turn": mark.turn, "actor": mark.actor, "writes": json.dumps(writes)})
        return str(said["save"])

    def save_ended(self, save: str) -> None:
        """Say that a save was acknowledged: for the driver that was answered, and for the canary."""
        self._ask({"do": "saved", "save": save})

    def close(self) -> None:
        """Hang up: as if this process had ended."""
        self._file.close()
        self._socket.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer = self._file.readline()
        if not answer:
            raise ConnectionError("the witness of this node is gone")
        said: dict[str, Any] = json.loads(answer)
        return said


@lru_cache(maxsize=1)
def _of(_pid: int, path: str) -> Witness:
    return Witness(path)


def witness() -> Witness:
    """The witness of this process."""
    return _of(os.getpid(), os.environ[WITNESS])
