"""View: which nodes the GCS takes for alive, asked of every driver; and each change of that, journaled."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Self

import msgspec

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import TableObserved
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.ray_cluster.plan import HEAD, Plan

POLL_S = 0.5
TIMEOUT_S = 3.0


class Nodes:
    """Implements `actorproof.harness.runtimes.port.View`. Versions of the table are counted here: Ray has none."""

    def __init__(self, plan: Plan, journal: Journal, clock: Clock) -> None:
        self._drivers: Mapping[str, Address] = plan.drivers
        self._hosts = plan.nodes
        self._journal = journal
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""

    async def run(self) -> None:
        """See the port."""
        shown: tuple[str, ...] | None = None
        version = 0
        not_before_ns = 0
        while True:
            asked_ns = self._clock.now_ns()
            seen = next((each for each in (await self._all()).values() if each is not None), None)
            if seen is not None:
                if seen != shown:
                    shown, version = seen, version + 1
                    self._journal.write(
                        TableObserved,
                        placement=HEAD,
                        leader=True,
                        version=version,
                        hosts=seen,
                        not_before_ns=not_before_ns,
                    )
                not_before_ns = asked_ns
            await self._clock.sleep(POLL_S)

    async def leader(self) -> str | None:
        """See the port: the GCS has no replicas."""
        return None

    async def settled(self, timeout_s: float, *, hosts: Collection[str] | None = None) -> bool:
        """See the port: every driver that answers is shown the same hosts."""
        deadline_ns = self._clock.now_ns() + round(timeout_s * 1e9)
        while True:
            found = {host: seen for host, seen in (await self._all()).items() if seen is not None}
            wanted = tuple(sorted(found if hosts is None else hosts))
            if found and set(found) >= set(wanted) and all(seen == wanted for seen in found.values()):
                return True
            if self._clock.now_ns() >= deadline_ns:
                return False
            await self._clock.sleep(POLL_S)

    async def _all(self) -> dict[str, tuple[str, ...] | None]:
        """The hosts that each driver is shown; None for one that does not answer."""
        seen = await asyncio.gather(*(self._ask(address) for address in self._drivers.values()))
        return dict(zip(self._drivers, seen, strict=True))

    async def _ask(self, address: Address) -> tuple[str, ...] | None:
        answer = await ask.get(address, "/nodes", timeout_s=TIMEOUT_S)
        if answer is None or answer[0] != ask.OK:
            return None
        nodes = msgspec.json.decode(answer[1], type=list[str])
        return tuple(sorted(self._hosts[node] for node in nodes if node in self._hosts))
