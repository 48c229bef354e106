"""What kinds of faults on links share: an exchange through the link before, under and after the fault."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.errors import FaultError
from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Drawn, FaultKind, Strikes, TourStop
from actorproof.harness.faults.target import ONE_WAY

# A link that works answers within this; one that is held up has to stay silent for as long.
PROOF_TIMEOUT_S = 1.0
# A mended link has to answer within this, however many tries it takes.
MEND_TIMEOUT_S = 5.0
MEND_POLL_S = 0.1
# What slows a link down has to cost at least this share of what it should: the rest is rounding in the proxy's timers.
PROOF_SHARE = 0.5
# How many bytes an exchange sends.
EXCHANGED_BYTES = 2000
STREAMS = ("upstream", "downstream")
# One link of each sort.
ON_LINKS = tuple(
    TourStop(target=link)
    for link in (
        "client>host-1",
        "host-1>app",
        "host-1>store",
        "host-1>placement-0",
        "hosts>scheduler-0",
        "peers>host-1",
    )
)


@dataclass(frozen=True, kw_only=True)
class LinkKind(FaultKind):
    """A kind of fault on links. It puts toxics on a link, and healing takes them off."""

    drawn: frozenset[Drawn] = frozenset({Drawn.LINKS})
    tour: tuple[TourStop, ...] = ON_LINKS

    strikes: ClassVar[Strikes] = Strikes.LINKS
    wanted: ClassVar[str] = "a link (a>b)"

    def fits(self, target: str) -> bool:
        """A link."""
        return ">" in target and ONE_WAY not in target

    @abstractmethod
    def toxics(self, params: Mapping[str, int]) -> tuple[Toxic, ...]:
        """What it puts on a link."""

    @abstractmethod
    def shows(self, before: Exchange, during: Exchange, params: Mapping[str, int]) -> bool:
        """Whether an exchange under it shows what it should do."""

    async def baseline(self, ground: Ground, injected: Injected) -> None:
        """An exchange through each link."""
        injected.exchanges = {link: await _exchange(ground, link) for link in injected.resolved.links}

    async def apply(self, ground: Ground, injected: Injected) -> None:
        """Put its toxics on each link."""
        for link in injected.resolved.links:
            for toxic in self.toxics(injected.fault.params):
                await ground.cluster.add_toxic(link, toxic)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        """An exchange through each link that went as it should under the fault."""
        evidence = []
        for link, before in injected.exchanges.items():
            during = await _exchange(ground, link)
            if not self.shows(before, during, injected.fault.params):
                raise FaultError(f"{self.verb} on {link} shows no effect: before {before}, under it {during}")
            evidence.append(f"{link}: before {before}; under {self.verb} {during}")
        return evidence

    async def heal(self, ground: Ground, injected: Injected, *, patient: bool) -> list[str]:
        """Mend each link, and say what it answers."""
        evidence = []
        for link in injected.resolved.links:
            await ground.cluster.mend(link)
            evidence.append(await _mended(ground, link, patient=patient))
        return evidence


def toxics(kind: str, streams: tuple[str, ...] = STREAMS, **attributes: int) -> tuple[Toxic, ...]:
    """One toxic of Toxiproxy's a stream of a link; `attributes` are its own."""
    return tuple(
        Toxic(name=f"{kind}-{stream}", kind=kind, stream=stream, attributes=tuple(attributes.items()))
        for stream in streams
    )


def silent(during: Exchange) -> bool:
    """Whether nothing came back, over a connection that stays open."""
    return during.ending == "silent" and during.received == 0


def slowed(during: Exchange, at_least_ms: float) -> bool:
    """Whether an exchange took as long as that, or longer, over a connection that works."""
    return during.ending in {"answered", "silent"} and during.took_ms >= at_least_ms


async def _exchange(ground: Ground, link: str) -> Exchange:
    return await ground.cluster.exchange(link, timeout_s=PROOF_TIMEOUT_S)


async def _mended(ground: Ground, link: str, *, patient: bool) -> str:
    """What a mended link answers; asked again until it answers or the deadline is over, unless not `patient`."""
    deadline_ns = ground.clock.now_ns() + int(MEND_TIMEOUT_S * 1e9)
    while True:
        after = await _exchange(ground, link)
        if after.ending == "answered":
            return f"{link} {after}"
        if not patient:
            return f"{link} does not answer while other faults are in place: {after}"
        if ground.clock.now_ns() > deadline_ns:
            return f"{link} does not answer within {MEND_TIMEOUT_S:g} s: {after}"
        await ground.clock.sleep(MEND_POLL_S)
