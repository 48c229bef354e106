"""Add: a host joins, and leaves again when it is healed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from actorproof.harness.errors import FaultError
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground, require
from actorproof.harness.faults.kind import Colour, Drawn, TourStop
from actorproof.harness.faults.units import ALIVE, UnitKind, end, gone, ready, start
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Add(UnitKind):
    """Starts a host that does not run."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Start its units, the application first."""
        running = [state for state in injected.states.values() if state.status in ALIVE]
        require(not running, f"{injected.fault.target} runs already")
        await start(ground, injected.resolved.units, strict=True)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """All of it is ready."""
        return await ready(ground, injected.resolved.units)

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Stop it in order."""
        del patient  # an end is waited for in any case
        states = [ground.cluster.state(unit) for unit in injected.resolved.units]
        # A host that never came up, or died since, is gone already.
        with contextlib.suppress(FaultError):
            await end(ground, states, graceful=True)
            return gone(states)
        return []


KIND = Add(
    verb="add",
    what="has a spare host join; it leaves in order when it is healed",
    colour=Colour(light="#3a9d6b", dark="#4bbc83"),
    traits=(traits.ENDS, traits.JOINS, traits.CALM),
    drawn=frozenset({Drawn.SPARES}),
    tour=(TourStop(target="host-3"),),
    order=50,
)
