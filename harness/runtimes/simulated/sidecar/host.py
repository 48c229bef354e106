"""Host: what every part of a sidecar works with: its process, its neighbours, and the settings of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.app.app import App
from actorproof.harness.runtimes.simulated.placement.replica import Placement
from actorproof.harness.runtimes.simulated.scheduler import Scheduler
from actorproof.harness.runtimes.simulated.store import Store
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process

if TYPE_CHECKING:
    from actorproof.harness.runtimes.simulated.sidecar.sidecar import Sidecar

P = TypeVar("P")
T = TypeVar("T")
ASK_TIMEOUT_S = 1.0
RETRY_FIRST_S = 0.02
RETRY_LONGEST_S = 0.4
S_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Where a sidecar finds everything else, with the links on the way there."""

    app: Port[App]
    app_link: Link
    store: Port[Store]
    store_link: Link
    placements: Sequence[tuple[Port[Placement], Link]]
    schedulers: Sequence[tuple[Port[Scheduler], Link]]
    peers: Mapping[str, tuple[Port[Sidecar], Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the hosts declare; `readers` are the methods, each after its type, that run beside other turns."""

    idle_timeout_s: float
    drain_timeout_s: float
    drain_enabled: bool
    reentrancy: bool
    max_stack_depth: int
    reentrancy_exceptions: tuple[str, ...]
    idle_timeouts_s: Mapping[str, float]
    readers: frozenset[tuple[str, str]] = frozenset()

    def idle_s(self, actor: str) -> float:
        """The idle time-out of an actor."""
        return self.idle_timeouts_s.get(actor.partition("/")[0], self.idle_timeout_s)

    def reentrant(self, actor: str) -> bool:
        """Whether a chain of calls may enter an actor again."""
        return self.reentrancy != (actor.partition("/")[0] in self.reentrancy_exceptions)

    def reads_beside(self, actor: str, method: str) -> bool:
        """Whether a call of a method runs beside other turns of its actor."""
        return (actor.partition("/")[0], method) in self.readers


class Host:
    """One incarnation of a sidecar, as its parts know it. `changed` is called when its state looks different."""

    def __init__(
        self,
        process: Process,
        *,
        name: str,
        neighbours: Neighbours,
        settings: Settings,
        network: Network,
        loop: VirtualLoop,
        changed: Callable[[], None],
    ) -> None:
        self.process = process
        self.name = name
        self.near = neighbours
        self.settings = settings
        self.network = network
        self.loop = loop
        self.changed = changed
        self._numbers = 0

    def number(self) -> int:
        """A number that grows each time."""
        self._numbers += 1
        return self._numbers

    def after_ns(self, delay_s: float) -> int:
        """The time in so many seconds."""
        return self.loop.now_ns + round(delay_s * S_NS)

    async def pause(self, for_s: float) -> None:
        """Let time pass."""
        await asyncio.sleep(for_s)

    async def ask(
        self, port: Port[P], serve: Callable[[P], Awaitable[T]], link: Link, *, timeout_s: float = ASK_TIMEOUT_S
    ) -> T | None:
        """A neighbour's answer; None when there is none in time: then it may have been done, or may still be."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.network.request(port, serve, link=link)
        except (RefusedError, CutOffError, TimeoutError):
            return None

    async def ask_app(self, serve: Callable[[App], Awaitable[T]]) -> T | None:
        """The application's answer; None when it can't be reached."""
        return await self.ask(self.near.app, serve, self.near.app_link)
