"""Census: asks placement and the sidecars for their own view of the cluster, and journals each change of it.

It dials every unit directly, never through a link that a fault can touch. A unit that doesn't answer is an
observation, not an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import aiohttp

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import SidecarObserved, TableObserved
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.dapr import view
from actorproof.harness.runtimes.dapr.plan import Deployment
from actorproof.harness.runtimes.dapr.versions import Trait, traits

POLL_S = 0.25
TIMEOUT_S = 1.0
HEARD_S = 4.0
"""A placement leads that heard a sidecar so lately, where nothing else says so: the metric has whole seconds."""
_OK = 200
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementSight:
    """One look at a placement replica that answered; `hosts` are those that it lists with actor types, sorted."""

    leader: bool
    version: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarSight:
    """One look at a sidecar: whether it answers at all, and what it says of itself."""

    answers: bool
    placement_connected: bool
    host_ready: bool


class Census:
    """Observes one deployment. Use it as an async context manager: it holds connections."""

    def __init__(self, deployment: Deployment, journal: Journal, clock: Clock) -> None:
        self._endpoints = deployment.endpoints
        self._sidecars_have = traits(deployment.versions["daprd"])
        self._placements_have = traits(deployment.versions.get("placement", deployment.topology.version))
        self._journal = journal
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._tables: dict[str, PlacementSight | None] = {}
        self._sidecars: dict[str, SidecarSight] = {}

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def run(self) -> None:
        """Look at every unit each `POLL_S` until cancelled; a unit that is slow to answer delays no other."""
        async with asyncio.TaskGroup() as group:
            for unit in self._endpoints.placement_health:
                group.create_task(self._watch_placement(unit))
            for host in self._endpoints.sidecar_direct:
                group.create_task(self._watch_sidecar(host))

    async def leader(self) -> str | None:
        """Unit name of the placement replica that leads now; None when none does or can be asked."""
        sights = await self._all_placements()
        return next((unit for unit, sight in sights.items() if sight is not None and sight.leader), None)

    async def settled(self, timeout_s: float, *, hosts: Collection[str] | None = None) -> bool:
        """Whether the cluster's own views come to agree within `timeout_s`.

        They agree when a placement leads, every replica that has a table has the same version and hosts, these hosts
        are `hosts` (None: those whose sidecars answer), and their sidecars are connected and ready; in two looks in a
        row, since a table can be between two versions. Where there is no placement, ready sidecars have to do.
        """
        deadline_ns = self._clock.now_ns() + round(timeout_s * _NS)
        last: object = None
        while True:
            agreed = await self._agreed(hosts)
            if agreed is not None and agreed == last:
                return True
            if self._clock.now_ns() >= deadline_ns:
                return False
            last = agreed
            await self._clock.sleep(POLL_S)

    async def placement(self, unit: str) -> PlacementSight | None:
        """Look at a placement replica; None when it doesn't answer. Writes nothing."""
        answer = await self._get(self._endpoints.placement_health[unit], "/placement/state")
        if answer is None or answer[0] != _OK:
            return None
        table = view.table(answer[1])
        if table is None:
            # From 1.17 on only the leader has a table to show.
            return PlacementSight(leader=False, version=0, hosts=())
        names = (self._endpoints.advertised.get(address, address) for address, types in table.types.items() if types)
        return PlacementSight(leader=await self._leads(unit), version=table.version, hosts=tuple(sorted(names)))

    async def sidecar(self, host: str) -> SidecarSight:
        """Look at a sidecar. Writes nothing.

        Dapr 1.12 reports no actor runtime: there, a healthy sidecar counts as connected and ready.
        """
        address = self._endpoints.sidecar_direct[host]
        health, metadata = await asyncio.gather(
            self._get(address, "/v1.0/healthz"), self._get(address, "/v1.0/metadata")
        )
        healthy = health is not None and health[0] // 100 == _OK // 100
        runtime = None if metadata is None else view.runtime(metadata[1])
        if runtime is None and Trait.ACTOR_RUNTIME_METADATA not in self._sidecars_have:
            runtime = view.RuntimeView(placement_connected=healthy, host_ready=healthy)
        return SidecarSight(
            answers=health is not None or metadata is not None,
            placement_connected=runtime is not None and runtime.placement_connected,
            host_ready=healthy and runtime is not None and runtime.host_ready,
        )

    async def _agreed(self, expected: Collection[str] | None) -> object:
        """What the views agree on, or None."""
        placements = [sight for sight in (await self._all_placements()).values() if sight is not None]
        names = list(self._endpoints.sidecar_direct)
        looks = await asyncio.gather(*(self.sidecar(name) for name in names))
        sidecars = dict(zip(names, looks, strict=True))
        running = {name for name, sight in sidecars.items() if sight.answers} if expected is None else set(expected)
        if not all(sidecars[name].host_ready for name in running):
            return None
        if not self._endpoints.placement_health:
            return frozenset(running)
        leading = next((sight for sight in placements if sight.leader), None)
        tables = {(sight.version, sight.hosts) for sight in placements if self._shows_table(sight)}
        connected = all(sidecars[name].placement_connected for name in running)
        if leading is None or not connected or len(tables) != 1 or set(leading.hosts) != running:
            return None
        return tables

    def _shows_table(self, sight: PlacementSight) -> bool:
        return sight.leader or Trait.LEADER_TABLE_ONLY not in self._placements_have

    async def _all_placements(self) -> dict[str, PlacementSight | None]:
        units = list(self._endpoints.placement_health)
        sights = await asyncio.gather(*(self.placement(unit) for unit in units))
        return dict(zip(units, sights, strict=True))

    async def _leads(self, unit: str) -> bool:
        """Whether a replica that shows a table leads."""
        if Trait.LEADER_TABLE_ONLY in self._placements_have or len(self._endpoints.placement_health) == 1:
            return True
        answer = await self._get(self._endpoints.metrics[unit], "/metrics")
        if answer is None:
            return False
        if Trait.LEADER_METRIC in self._placements_have:
            return (view.metric(answer[1], "dapr_placement_leader_status") or 0) > 0
        # Before 1.16 there is no metric for it; only a leader hears the sidecars, each once a second. What it counts of
        # them will not do: a new leader counts none before its table changes.
        heard_s = view.metric(answer[1], "dapr_placement_actor_heartbeat_timestamp") or 0
        return self._clock.wall_ns() / _NS - heard_s < HEARD_S

    async def _watch_placement(self, unit: str) -> None:
        known_ns = 0
        while True:
            begun_ns = self._clock.now_ns()
            sight = await self.placement(unit)
            if sight is not None and sight != self._tables.get(unit):
                self._tables[unit] = sight
                self._journal.write(
                    TableObserved,
                    placement=unit,
                    leader=sight.leader,
                    version=sight.version,
                    hosts=sight.hosts,
                    not_before_ns=known_ns,
                )
            if sight is not None:
                known_ns = begun_ns
            await self._clock.sleep(POLL_S)

    async def _watch_sidecar(self, host: str) -> None:
        while True:
            sight = await self.sidecar(host)
            if sight != self._sidecars.get(host):
                self._sidecars[host] = sight
                self._journal.write(
                    SidecarObserved,
                    host=host,
                    answers=sight.answers,
                    placement_connected=sight.placement_connected,
                    host_ready=sight.host_ready,
                )
            await self._clock.sleep(POLL_S)

    async def _get(self, address: Address, path: str) -> tuple[int, bytes] | None:
        try:
            async with self._open().get(f"http://{address}{path}") as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            )
        return self._session
