"""Pause-worker: SIGSTOP to the process that runs a turn, and to nothing else of its host, until it is healed."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.workers import WorkerKind, busy, struck, workers_of


@dataclass(frozen=True, kw_only=True)
class PauseWorker(WorkerKind):
    """Stops a worker in the middle of its turn."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGSTOP."""
        await workers_of(ground).pause(await busy(ground, injected))

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """Every thread is stopped."""
        worker = struck(injected)
        life = workers_of(ground).life(worker)
        require(life == "stopped", f"{worker} {'is gone' if life == 'gone' else 'runs, in spite of the fault'}")
        return [f"{worker}: every thread stopped"]

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """SIGCONT."""
        del patient
        worker = injected.worker
        if worker is None:
            return []
        await workers_of(ground).resume(worker)
        return [f"{worker} {'has ended meanwhile' if workers_of(ground).life(worker) == 'gone' else 'runs'}"]


KIND = PauseWorker(
    verb="pause-worker",
    what="stops the process that runs a turn by SIGSTOP, and nothing else of its host, until it is healed",
    colour=Colour(light="#b8862b", dark="#d9b066"),
    tour=(TourStop(target="host-1"),),
    order=290,
)
