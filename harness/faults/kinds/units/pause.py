"""Pause: SIGSTOP, until it is healed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from actorproof.harness.cluster.port import UnitStatus
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, Drawn
from actorproof.harness.faults.units import ON_CONTROL, ON_HOST, UnitKind
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Pause(UnitKind):
    """Stops every thread of its units."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGSTOP to all of them at once."""
        running = _running(injected)
        require(running, f"nothing of {injected.fault.target} runs")
        await asyncio.gather(*(ground.cluster.pause(unit) for unit in running))

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """Every thread is stopped."""
        return [f"{unit} pid {ground.cluster.state(unit).pid}: every thread stopped" for unit in _running(injected)]


def _running(injected: Injected) -> list[str]:
    return [unit for unit, state in injected.states.items() if state.status is UnitStatus.RUNNING]


KIND = Pause(
    verb="pause",
    what="stops every thread by SIGSTOP, until it is healed",
    colour=Colour(light="#cc821d", dark="#e9b265"),
    traits=(traits.PAUSES,),
    drawn=frozenset({Drawn.HOSTS, Drawn.CONTROL}),
    tour=(*ON_HOST, *ON_CONTROL),
    order=30,
)
