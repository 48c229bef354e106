"""Fill: a full disk."""

from __future__ import annotations

from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.volumes import Refusing

KIND = Refusing(
    verb="fill",
    what="leaves a disk no room: what is opened for writing is emptied, and no byte gets in",
    colour=Colour(light="#9e7868", dark="#b08d7e"),
    condition="full",
    refusal="No space left on device",
    tour=(TourStop(target="store"),),
    order=260,
)
