"""Slice: bytes come in small pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour, Parameter
from actorproof.harness.faults.links import EXCHANGED_BYTES, PROOF_SHARE, LinkKind, slowed, toxics

# Between two pieces.
PAUSE_US = 2000


@dataclass(frozen=True, kw_only=True)
class Slice(LinkKind):
    """Toxiproxy's slicer."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One each way."""
        return toxics("slicer", average_size=params["slice_bytes"], size_variation=0, delay=PAUSE_US)

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """It takes the pauses between so many pieces, and no less than before."""
        pauses_ms = EXCHANGED_BYTES / max(1, params["slice_bytes"]) * PAUSE_US / 1000
        return slowed(during, max(pauses_ms * PROOF_SHARE, before.took_ms))


KIND = Slice(
    verb="slice",
    what="cuts what is sent over a link into pieces of slice_bytes, with a pause after each",
    colour=Colour(light="#9a8f3a", dark="#b9ac46"),
    parameters=(Parameter(name="slice_bytes", default=32),),
    order=170,
)
