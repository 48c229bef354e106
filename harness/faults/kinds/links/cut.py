"""Cut: connections are closed, and new ones refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Colour, Drawn
from actorproof.harness.faults.links import LinkKind
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Cut(LinkKind):
    """Takes the proxy itself away."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """None: nothing gets as far."""
        del params
        return ()

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Close each link."""
        for link in injected.resolved.links:
            await ground.cluster.cut(link)

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """No connection comes about."""
        del before, params
        return during.ending in {"refused", "reset", "closed"}


KIND = Cut(
    verb="cut",
    what="closes a link's connections and refuses new ones",
    colour=Colour(light="#6174e1", dark="#8694e8"),
    traits=(traits.SEVERS,),
    drawn=frozenset({Drawn.LINKS, Drawn.APP_LINKS}),
    order=110,
)
