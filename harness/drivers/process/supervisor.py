"""Supervisor: the harness's end of the conversation with its guardian (see guardian.py)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.supervision import SIGKILLED, Child, SignalName
from actorproof.harness.drivers.process import guardian
from actorproof.harness.drivers.process.proc import all_stopped, kill_session, none_stopped
from actorproof.harness.drivers.process.slot import is_free
from actorproof.harness.errors import ClusterError

ANSWER_S = 10.0
CLOSE_S = 12.0
_KEPT_ENV = ("PATH", "HOME", "LANG")
_LOST = "the cluster's guardian process has died and its units with it: start the run again"


class Supervisor:
    """Starts and signals units through a guardian process; make it with `Supervisor.begin`.

    When the guardian dies, every unit dies with it: `lost` becomes true, every child's `exited` gets SIGKILL's code as
    soon as its pid is gone, and every verb raises ClusterError.
    """

    def __init__(self, *, process: subprocess.Popen[bytes], scratch: Path) -> None:
        self.lost = False
        self._process = process
        self._scratch = scratch
        self._children: dict[int, Child] = {}
        self._pending: dict[int, tuple[asyncio.Future[dict[str, Any]], Callable[[Child], None] | None]] = {}
        self._closing = False
        self._reading: asyncio.Task[None]
        self._writer: asyncio.StreamWriter
        self._next = 0

    @property
    def failure(self) -> str | None:
        return _LOST if self.lost else None

    async def vacant(self, address: Address) -> bool:
        """Whether a unit could bind an address now."""
        return is_free(address)

    @classmethod
    async def begin(cls, *, scratch: Path) -> Self:
        """Start a guardian that owns `scratch`, which must exist. Its own log stands in scratch/guardian.log."""
        ours, theirs = socket.socketpair()
        with (scratch / "guardian.log").open("ab") as log:
            command = [sys.executable, "-I", "-S", guardian.__file__, str(os.getpid()), str(scratch)]
            try:
                process = subprocess.Popen(  # noqa: ASYNC220 a fork takes a millisecond and must not be given up halfway
                    command, stdin=theirs.fileno(), stdout=log, stderr=log, start_new_session=True, cwd="/"
                )
            except OSError as error:
                ours.close()
                raise ClusterError(
                    f"the cluster's guardian can't be started: {error}; free some memory or processes"
                ) from error
            finally:
                theirs.close()
        self = cls(process=process, scratch=scratch)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def spawn(
        self,
        *,
        unit: str,
        kind: str,  # noqa: ARG002 all units are processes alike
        incarnation: int,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        started: Callable[[Child], None],
    ) -> None:
        """Start a unit; ClusterError when its program can't be executed.

        `started` is called at once when the process exists, even if the caller has been cancelled meanwhile, and
        always before its `exited` is done.
        """
        answer = await self._ask(
            {
                "do": "spawn",
                "unit": unit,
                "incarnation": incarnation,
                "argv": list(argv),
                "env": _environment() | dict(env),
                "cwd": str(cwd),
                "log": str(log),
            },
            started,
        )
        if "error" in answer:
            raise ClusterError(
                f"{unit} can't be started: {answer['error']}; check its program with `actorproof doctor`"
            )

    async def send_signal(self, child: Child, name: SignalName) -> None:
        """Send a signal to a unit's whole process group; nothing happens when the unit has ended already."""
        await self._ask({"do": "signal", "pid": child.pid, "signal": int(signal.Signals[name])}, None)

    async def stands_still(self, child: Child) -> bool:
        """Whether every thread of the unit's process group is stopped."""
        return all_stopped(child.pid)

    async def runs(self, child: Child) -> bool:
        """Whether no thread of the unit's process group is stopped."""
        return none_stopped(child.pid)

    async def close(self) -> None:
        """Have everything killed and the scratch folder removed, and wait until the guardian has ended."""
        self._closing = True
        if not self._writer.is_closing():
            with contextlib.suppress(OSError):
                self._writer.write_eof()
        try:
            await asyncio.wait_for(asyncio.shield(self._reading), CLOSE_S)
        except TimeoutError:
            self._process.kill()
            await self._reading
        self._writer.close()
        await asyncio.to_thread(self._process.wait)

    async def _ask(self, request: dict[str, Any], started: Callable[[Child], None] | None) -> dict[str, Any]:
        if self.lost or self._closing:
            raise ClusterError(_LOST if self.lost else "the cluster is down: bring up a new one")
        self._next += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[self._next] = (answer, started)
        self._writer.write(json.dumps({"id": self._next, **request}).encode() + b"\n")
        try:
            return await asyncio.wait_for(answer, ANSWER_S)
        except TimeoutError:
            raise ClusterError(f"the cluster's guardian (pid {self._process.pid}) does not answer") from None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
        except (OSError, ValueError):
            pass
        await self._end()

    def _take(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            child = self._children.pop(message["exited"], None)
            if child is not None and not child.exited.done():
                child.exited.set_result(message["code"])
            return
        answer, started = self._pending.pop(message["id"])
        if "pid" in message:
            child = Child(message["pid"], asyncio.get_running_loop().create_future())
            self._children[child.pid] = child
            if started is not None:
                started(child)
        if not answer.done():
            answer.set_result(message)

    async def _end(self) -> None:
        """The guardian has closed its end: its own end, or the end of everything."""
        self.lost = not self._closing
        for answer, _ in self._pending.values():
            if not answer.done():
                answer.set_exception(ClusterError(_LOST))
        self._pending.clear()
        children, self._children = list(self._children.values()), {}
        for child in children:
            await _gone(child.pid)
            if self.lost:
                kill_session(child.pid)  # what the unit itself had started has nobody else to end it
            if not child.exited.done():
                child.exited.set_result(SIGKILLED)


async def _gone(pid: int) -> None:
    """Wait until a process that is being killed by the kernel has ended, for at most two seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2.0):
            while guardian.is_alive(pid):  # noqa: ASYNC110 the kernel gives no event for another's child
                await asyncio.sleep(0.005)


def _environment() -> dict[str, str]:
    """What a unit gets to see of this process's environment."""
    return {"LANG": "C.UTF-8"} | {name: os.environ[name] for name in _KEPT_ENV if name in os.environ}
