"""Delay: bytes come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.faults.kind import Colour, Parameter
from actorproof.harness.faults.links import LinkKind, slowed, toxics


@dataclass(frozen=True, kw_only=True)
class Delay(LinkKind):
    """Toxiproxy's latency."""

    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """One each way."""
        return toxics("latency", latency=params["delay_ms"], jitter=params["jitter_ms"])

    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """It takes the least delay on its way there, and on its way back."""
        del before
        return slowed(during, 2 * max(0, params["delay_ms"] - params["jitter_ms"]))


KIND = Delay(
    verb="delay",
    what="delays each way of a link by delay_ms, more or less by up to jitter_ms",
    colour=Colour(light="#29a3a3", dark="#33c7c7"),
    parameters=(Parameter(name="delay_ms", default=200), Parameter(name="jitter_ms", default=100)),
    strengths=tuple({"delay_ms": ms, "jitter_ms": ms // 2} for ms in (50, 300, 1000)),
    order=150,
)
