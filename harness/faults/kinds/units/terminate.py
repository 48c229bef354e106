"""Terminate: an end in order, the sidecar first."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Colour
from actorproof.harness.faults.units import UnitKind, end, gone
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Terminate(UnitKind):
    """Ends processes as an orchestrator does."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """SIGTERM, one after the other; SIGKILL to what does not end."""
        await end(ground, injected.states.values(), graceful=True)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """Each process has ended."""
        del ground  # it returns when the process is reaped
        return gone(injected.states.values())


KIND = Terminate(
    verb="terminate",
    what="stops processes in order by SIGTERM; they run again when it is healed",
    colour=Colour(light="#dd6f91", dark="#eaa7bb"),
    traits=(traits.STOPS, traits.ENDS, traits.CALM),
    order=20,
)
