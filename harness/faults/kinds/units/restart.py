"""Restart: SIGKILL, and up again at once."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Colour, Drawn
from actorproof.harness.faults.units import ON_CONTROL, UnitKind, end, gone, ready, start
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Restart(UnitKind):
    """Ends processes and starts them again."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGKILL, and a new process for each."""
        await end(ground, injected.states.values(), graceful=False)
        await start(ground, injected.resolved.units, strict=True)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """The old processes have ended, and the new ones are ready."""
        return gone(injected.states.values()) + await ready(ground, injected.resolved.units)


KIND = Restart(
    verb="restart",
    what="ends processes by SIGKILL and starts them again at once",
    colour=Colour(light="#a8733f", dark="#c2905e"),
    traits=(traits.STOPS, traits.ENDS),
    drawn=frozenset({Drawn.HOSTS, Drawn.CONTROL}),
    tour=ON_CONTROL,
    order=40,
)
