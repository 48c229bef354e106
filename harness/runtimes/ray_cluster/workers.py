"""Workers: the processes of Ray that run the turns of a host. Which of them runs one, its node knows."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.port import Life, Worker
from actorproof.harness.errors import ClusterError
from actorproof.harness.ports import Clock

EFFECT_S = 5.0
LOOK_S = 0.01
STOPPED: Final = frozenset({"T", "t"})
ENDED: Final = frozenset({"Z", "X"})


class _Open(msgspec.Struct, frozen=True):
    pid: int
    turn: str
    actor: str


class Processes:
    """Implements `actorproof.harness.cluster.port.Workers`; `nodes` is where each host's node answers."""

    def __init__(self, nodes: Mapping[str, Address], clock: Clock) -> None:
        self._nodes = nodes
        self._clock = clock

    def hosts(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(self._nodes)

    async def busy(self, host: str) -> Worker | None:
        """See the port. A worker that has ended, and whose node does not know yet, is none."""
        answer = await ask.get(self._nodes[host], "/turns")
        if answer is None or answer[0] != ask.OK:
            return None
        found = (
            Worker(host=host, pid=each.pid, turn=each.turn, actor=each.actor)
            for each in msgspec.json.decode(answer[1], type=list[_Open])
        )
        return next((worker for worker in found if self.life(worker) != "gone"), None)

    def life(self, worker: Worker) -> Life:
        """See the port."""
        states = {state for state in _states(worker.pid) if state not in ENDED}
        return "gone" if not states else "stopped" if states <= STOPPED else "runs"

    async def kill(self, worker: Worker) -> None:
        """See the port."""
        await self._send(worker, signal.SIGKILL, lambda life: life == "gone")

    async def pause(self, worker: Worker) -> None:
        """See the port."""
        await self._send(worker, signal.SIGSTOP, lambda life: life != "runs")

    async def resume(self, worker: Worker) -> None:
        """See the port."""
        await self._send(worker, signal.SIGCONT, lambda life: life != "stopped")

    async def _send(self, worker: Worker, number: signal.Signals, done: Callable[[Life], bool]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, number)
        deadline_ns = self._clock.now_ns() + round(EFFECT_S * 1e9)
        while not done(self.life(worker)):
            if self._clock.now_ns() > deadline_ns:
                raise ClusterError(f"{worker} shows no effect of {number.name} within {EFFECT_S:.0f} s")
            await self._clock.sleep(LOOK_S)


def _states(pid: int) -> list[str]:
    """The state of each thread of a process, by the kernel's letters; none when it is gone."""
    found = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found.append((thread / "stat").read_text(errors="replace").rpartition(")")[2].split()[0])
    return found
