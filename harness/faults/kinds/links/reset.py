"""Reset: connections are taken, and closed with a reset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour, Drawn
from actorproof.harness.faults.links import LinkKind, toxics
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Reset(LinkKind):
    """Toxiproxy's reset_peer."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One, on what comes back."""
        del params
        return toxics("reset_peer", ("downstream",), timeout=0)

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """The connection ends."""
        del before, params
        return during.ending in {"reset", "closed"}


KIND = Reset(
    verb="reset",
    what="takes a link's connections and closes each with a reset",
    colour=Colour(light="#9565d3", dark="#ad89dd"),
    traits=(traits.SEVERS, traits.RESETS),
    drawn=frozenset({Drawn.LINKS, Drawn.APP_LINKS}),
    order=120,
)
