"""Limit: few bytes a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour, Parameter
from actorproof.harness.faults.links import EXCHANGED_BYTES, PROOF_SHARE, LinkKind, slowed, toxics


@dataclass(frozen=True, kw_only=True)
class Limit(LinkKind):
    """Toxiproxy's bandwidth."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One each way."""
        return toxics("bandwidth", rate=params["rate_kbps"])

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """It takes what so many bytes need at that rate; a KB/s is a byte a millisecond."""
        del before
        return slowed(during, EXCHANGED_BYTES / (params["rate_kbps"] or 1) * PROOF_SHARE)


KIND = Limit(
    verb="limit",
    what="lets rate_kbps kilobytes a second through each way of a link",
    colour=Colour(light="#6d8a99", dark="#8ea5b0"),
    parameters=(Parameter(name="rate_kbps", default=4),),
    order=160,
)
