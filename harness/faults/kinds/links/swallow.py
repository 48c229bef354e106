"""Swallow: bytes are lost, connections stay open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour
from actorproof.harness.faults.links import LinkKind, silent, toxics
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Swallow(LinkKind):
    """Toxiproxy's timeout, without an end."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One each way."""
        del params
        return toxics("timeout", timeout=0)

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """Nothing comes back."""
        del before, params
        return silent(during)


KIND = Swallow(
    verb="swallow",
    what="loses all that is sent over a link; its connections stay open, and are closed when it is healed",
    colour=Colour(light="#b65bc4", dark="#c780d1"),
    traits=(traits.SEVERS,),
    order=130,
)
