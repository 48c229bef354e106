"""Kill-worker: SIGKILL to the process that runs a turn, and to nothing else of its host."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.workers import WorkerKind, busy, struck, workers_of


@dataclass(frozen=True, kw_only=True)
class KillWorker(WorkerKind):
    """Ends a worker in the middle of its turn."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGKILL."""
        await workers_of(ground).kill(await busy(ground, injected))

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """Its process has ended."""
        worker = struck(injected)
        require(workers_of(ground).life(worker) == "gone", f"{worker} is there, in spite of the fault")
        return [f"{worker} is gone"]

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Nothing is to be done: the runtime starts another when it needs one."""
        del ground, injected, patient
        return []


KIND = KillWorker(
    verb="kill-worker",
    what="ends the process that runs a turn by SIGKILL, and nothing else of its host",
    colour=Colour(light="#c96a94", dark="#d98fb0"),
    tour=(TourStop(target="host-1"),),
    order=280,
)
