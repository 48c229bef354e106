"""What kinds of faults on workers share: which process of a host is struck, and what shows that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import Worker, Workers
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Drawn, FaultKind, Strikes
from actorproof.harness.faults.target import Resolved, places_of
from actorproof.harness.history.halves import half

BUSY_S = 10.0
LOOK_S = 0.02
HOST = re.compile(r"host-[1-9][0-9]*")


@dataclass(frozen=True, kw_only=True)
class WorkerKind(FaultKind):
    """A kind of fault on the worker of a host whose turn has been open longest."""

    drawn: frozenset[Drawn] = frozenset({Drawn.WORKERS})
    strikes: ClassVar[Strikes] = Strikes.WORKERS
    wanted: ClassVar[str] = "a host (host-1)"

    def fits(self, target: str) -> bool:
        """A host."""
        return HOST.fullmatch(target) is not None

    def resolve(self, ground: Ground, fault: Fault, leader: str | None) -> Resolved:
        """What runs turns on the host, whose process the worker is; UsageError where the runtime has no workers."""
        del leader
        if ground.workers is None:
            raise UsageError(
                f"fault {fault.verb} on {fault.target} needs a runtime whose hosts run turns in processes of their own:"
                " choose --runtime ray-workflow"
            )
        if fault.target not in ground.workers.hosts():
            raise UsageError(f"{fault.target} has no workers: choose one of {', '.join(ground.workers.hosts())}")
        units = ground.cluster.units()
        return Resolved(
            units=tuple(unit for unit in units if places_of([unit]) == [fault.target] and half(unit) == "app")
        )


async def busy(ground: Ground, injected: Injected) -> Worker:
    """The worker to strike, once a turn is open. FaultError when none is for `BUSY_S`."""
    host = injected.fault.target
    deadline_ns = ground.clock.now_ns() + round(BUSY_S * 1e9)
    while (found := await workers_of(ground).busy(host)) is None:
        require(ground.clock.now_ns() < deadline_ns, f"no worker of {host} ran a turn for {BUSY_S:.0f} s")
        await ground.clock.sleep(LOOK_S)
    injected.worker = found
    return found


def struck(injected: Injected) -> Worker:
    """The worker that was struck. FaultError when none was."""
    require(injected.worker, f"no worker of {injected.fault.target} was struck")
    assert injected.worker is not None
    return injected.worker


def workers_of(ground: Ground) -> Workers:
    """The workers that a fault was resolved on."""
    assert ground.workers is not None
    return ground.workers
