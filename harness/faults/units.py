"""What kinds of faults on units and hosts share: how units end, and how they run again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import UnitState, UnitStatus
from actorproof.harness.errors import ClusterError
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Drawn, FaultKind, Strikes, TourStop
from actorproof.harness.history.halves import half

ALIVE = frozenset({UnitStatus.RUNNING, UnitStatus.PAUSED})
# What a tour does to a host, and to the control plane and the store.
ON_HOST = tuple(TourStop(target=f"host-1{part}") for part in ("", "/app", "/sidecar"))
ON_CONTROL = tuple(
    TourStop(target=target)
    for target in ("placement-0", "placement:leader", "placement:all", "scheduler-0", "scheduler:all", "store")
)


@dataclass(frozen=True, kw_only=True)
class UnitKind(FaultKind):
    """A kind of fault on units and hosts. Healing runs again what does not run."""

    drawn: frozenset[Drawn] = frozenset({Drawn.HOSTS})
    tour: tuple[TourStop, ...] = ON_HOST

    strikes: ClassVar[Strikes] = Strikes.UNITS
    wanted: ClassVar[str] = "a unit or host"

    def fits(self, target: str) -> bool:
        """A unit, a host or a group."""
        return ">" not in target

    async def baseline(self, ground: Ground, injected: Injected) -> None:
        """Where its units are in their lives."""
        injected.states = {unit: ground.cluster.state(unit) for unit in injected.resolved.units}

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Run again what does not run."""
        return await revive(ground, injected.resolved.units, patient=patient)


def alive(states: Iterable[UnitState]) -> list[UnitState]:
    """Those that run or are paused. FaultError when none does."""
    states = list(states)
    found = [state for state in states if state.status in ALIVE]
    require(found, f"nothing of {', '.join(state.name for state in states)} runs")
    return found


async def end(ground: Ground, states: Iterable[UnitState], *, graceful: bool) -> None:
    """Kill what is alive, all at once; or stop it in order. FaultError when nothing is alive."""
    ending = alive(states)
    if not graceful:
        await asyncio.gather(*(ground.cluster.kill(state.name) for state in ending))
        return
    # As a pod is stopped: the sidecar first, so that the application outlives the sidecar's last call.
    for state in ending:
        # An application may end by itself once its sidecar is gone.
        if ground.cluster.state(state.name).status in ALIVE:
            await ground.cluster.terminate(state.name)


def gone(states: Iterable[UnitState]) -> list[str]:
    """What to say of those that were alive and have ended."""
    return [f"{state.name} pid {state.pid} is gone" for state in alive(states)]


async def start(ground: Ground, units: Iterable[str], *, strict: bool) -> None:
    """Run again what does not run. Unless `strict`, an application that does not get ready is no error."""
    for unit in _in_order(units):
        match ground.cluster.state(unit).status:
            case UnitStatus.PAUSED:
                await ground.cluster.resume(unit)
            case UnitStatus.ABSENT | UnitStatus.EXITED:
                await ground.cluster.start(unit, wait_ready=False)
                if half(unit) == "app" and ground.cluster.awaited(unit):
                    try:
                        await ground.cluster.ready(unit)
                    except ClusterError:
                        # Its sidecar is started all the same, and whoever asks later is told.
                        if strict:
                            raise
            case UnitStatus.RUNNING:
                pass


async def ready(ground: Ground, units: Iterable[str]) -> list[str]:
    """Wait until units are ready, and say so. ClusterError when one does not get ready."""
    evidence = []
    for unit in _in_order(units):
        await ground.cluster.ready(unit)
        evidence.append(f"{unit} pid {ground.cluster.state(unit).pid} is ready")
    return evidence


async def revive(ground: Ground, units: Iterable[str], *, patient: bool) -> list[str]:
    """Run again what does not run. What does not get ready is only told of; unless `patient` nothing is waited for."""
    units = _in_order(units)
    await start(ground, units, strict=False)
    if not patient:
        return [f"{unit} pid {ground.cluster.state(unit).pid} runs" for unit in units]
    evidence = []
    for unit in units:
        try:
            evidence += await ready(ground, (unit,))
        except ClusterError as error:
            evidence.append(f"{unit} is not ready: {error}")
    return evidence


def _in_order(units: Iterable[str]) -> list[str]:
    # The application listens before its sidecar asks it for its actor types; replicas need each other to be ready.
    return sorted(units, key=lambda unit: half(unit) == "sidecar")
