"""The keeper: the process that brings a cluster up, does to it what commands ask for, and takes it down.

``python -m actorproof.harness.run.standing.keeper SPEC``, in a session of its own, so that it outlives the shell. What
it says until the cluster is up goes to its standard output, a JSON object a line; then it closes that. When it is
killed the driver's own guardian takes everything down.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import psutil

from actorproof.harness import interruption
from actorproof.harness.errors import ActorproofError
from actorproof.harness.history.folder import write_atomically
from actorproof.harness.run import run as running
from actorproof.harness.run.standing.spec import ENDED, STATE, Door, Ended, Spec
from actorproof.harness.workload.step import AnyStep
from actorproof.reports.console import result_lines

SAID = "keeper.log"
OWNER_S = 1.0
"""The end of its owner is seen after so long at most."""


class Said(msgspec.Struct, omit_defaults=True):
    """One line of what a keeper says: how far it is, that the cluster is up, or why it can't be."""

    phase: str = ""
    up: bool = False
    error: str = ""
    code: int = 0


class Asked(msgspec.Struct):
    """What a command asks for: a step, or the end."""

    word: str
    step: AnyStep | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """What it is told: that it is done, or why it can't be."""

    error: str = ""


class Desk:
    """Takes steps from commands, one at a time, and hands them on; each is answered when it has been done."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._word = secrets.token_urlsafe(16)
        self._steps: asyncio.Queue[tuple[AnyStep, asyncio.Future[None]]] = asyncio.Queue()
        self._ended = asyncio.Event()

    async def steps(self) -> AsyncIterator[AnyStep]:
        """The steps as they come, until the end is asked for or the time is up. Its door is open meanwhile."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        door = Door(
            pid=os.getpid(),
            port=server.sockets[0].getsockname()[1],
            word=self._word,
            ends=time.time() + self._spec.limit_s,
        )
        state = Path(self._spec.folder) / STATE
        write_atomically(state, msgspec.json.encode(door))
        state.chmod(0o600)
        _say(Said(up=True))
        _close_output(Path(self._spec.folder) / "logs" / SAID)
        while step := await self._next(left_s=door.ends - time.time()):
            yield step[0]
            step[1].set_result(None)
        server.close()
        state.unlink(missing_ok=True)

    async def _next(self, *, left_s: float) -> tuple[AnyStep, asyncio.Future[None]] | None:
        """The next step; None when the end was asked for, or the time is up."""
        ended, coming = asyncio.create_task(self._ended.wait()), asyncio.create_task(self._steps.get())
        alone = asyncio.create_task(self._alone())
        try:
            tasks: set[asyncio.Task[Any]] = {ended, coming, alone}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=max(0.0, left_s))
            return coming.result() if coming.done() else None
        finally:
            ended.cancel()
            coming.cancel()
            alone.cancel()

    async def _alone(self) -> None:
        """Wait until the process that owns the cluster has ended; for ever when none does."""
        while not self._spec.owner or psutil.pid_exists(self._spec.owner):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(OWNER_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(await reader.readline())
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except OSError:
            pass  # whoever asked has gone
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        try:
            asked = msgspec.json.decode(line, type=Asked)
        except (msgspec.MsgspecError, ActorproofError) as error:
            return Answer(error=f"that can't be read: {error}")
        if not secrets.compare_digest(asked.word, self._word):
            return Answer(error="whoever asks has to know this cluster's word, which stands in its run's folder")
        if asked.step is None:
            self._ended.set()
            return Answer()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._steps.put((asked.step, done))
        ended = asyncio.create_task(self._ended.wait())
        either: set[asyncio.Future[Any]] = {ended, done}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        return Answer() if done.done() else Answer(error="the cluster goes down")


class _Progress:
    """Says how far it is, and keeps nothing."""

    def recording(self, folder: Path) -> None:
        """Say nothing: whoever asked named the folder."""

    def phase(self, text: str) -> None:
        _say(Said(phase=text))

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Say nothing: whoever wants to know watches the journals."""


def _say(said: Said) -> None:
    with contextlib.suppress(OSError):
        os.write(1, msgspec.json.encode(said) + b"\n")


def _close_output(log: Path) -> None:
    """Let go of whoever started this process; what is said from now on stands in a log of the run."""
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)


def main() -> int:
    """Keep one cluster, and say what its run came to."""
    interruption.install()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    spec = Spec.decode(sys.argv[1])
    folder = Path(spec.folder)
    desk = Desk(spec)
    try:
        analysis = running.run(
            [spec.scenario()],
            spec.options,
            name="by-hand",
            out=folder.parent,
            progress=_Progress(),
            id_=folder.name,
            by_hand=desk.steps(),
        )
    except ActorproofError as error:
        _say(Said(error=str(error), code=error.exit_code))
        return error.exit_code
    except KeyboardInterrupt:
        return 3
    code = analysis.report.verdict.outcome.exit_code
    ended = Ended(lines=tuple(result_lines(analysis.report, analysis.folder)), code=code)
    write_atomically(folder / ENDED, msgspec.json.encode(ended))
    return code


if __name__ == "__main__":
    sys.exit(main())
