"""Stall: bytes are held back, and delivered late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour
from actorproof.harness.faults.links import LinkKind, silent, toxics
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Stall(LinkKind):
    """Toxiproxy's bandwidth, of none."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One each way."""
        del params
        return toxics("bandwidth", rate=0)

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """Nothing comes back."""
        del before, params
        return silent(during)


KIND = Stall(
    verb="stall",
    what="holds back all that is sent over a link, and delivers it when it is healed",
    colour=Colour(light="#2f8fc4", dark="#5babd8"),
    traits=(traits.SEVERS,),
    order=140,
)
