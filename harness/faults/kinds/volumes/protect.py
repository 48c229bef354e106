"""Protect: a disk that can be read, and not written."""

from __future__ import annotations

from actorproof.harness.faults.kind import Colour, TourStop
from actorproof.harness.faults.volumes import Refusing

KIND = Refusing(
    verb="protect",
    what="makes a disk read-only",
    colour=Colour(light="#7d7a8c", dark="#a09db0"),
    condition="read-only",
    refusal="Read-only file system",
    tour=(TourStop(target="store"),),
    order=250,
)
