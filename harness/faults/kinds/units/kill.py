"""Kill: SIGKILL."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Colour, Drawn
from actorproof.harness.faults.units import ON_CONTROL, ON_HOST, UnitKind, end, gone
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Kill(UnitKind):
    """Ends processes at once."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGKILL to all of them at once."""
        await end(ground, injected.states.values(), graceful=False)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """Each process has ended."""
        del ground  # a kill returns when the process is reaped
        return gone(injected.states.values())


KIND = Kill(
    verb="kill",
    what="ends processes by SIGKILL; they run again when it is healed",
    colour=Colour(light="#cf5270", dark="#db7d94"),
    traits=(traits.STOPS, traits.ENDS, traits.CRASHES),
    drawn=frozenset({Drawn.HOSTS, Drawn.CONTROL}),
    tour=(*ON_HOST, *ON_CONTROL),
    order=10,
)
