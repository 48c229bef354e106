"""Links: which proxies are enabled, and why.

A proxy is enabled only while its server listens and nobody has cut it: a proxy that accepts connections for a dead
server hides "refused" from every caller. A link that was cut stays cut over restarts of its server and of the proxy.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address, LinkSpec
from actorproof.harness.cluster.exchange import exchange
from actorproof.harness.cluster.port import Exchange, Toxic
from actorproof.harness.cluster.toxiproxy import Toxiproxy
from actorproof.harness.errors import ClusterError
from actorproof.harness.ports import Clock

_POLL_S = 0.02


class Links:
    """The links of one cluster. Verbs raise ClusterError when the proxy does not do it."""

    def __init__(self, specs: Iterable[LinkSpec], *, api: Address | None, clock: Clock) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self._proxy = Toxiproxy(api) if api is not None else None
        self._clock = clock
        self._populated = asyncio.Event()
        self._closed = False
        self._cut: set[str] = set()
        self._listening: set[str] = set()
        self._enabled: dict[str, bool] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._settling: set[asyncio.Task[None]] = set()

    def of(self, server: str) -> list[LinkSpec]:
        """The links whose server a unit is."""
        return [spec for spec in self.specs.values() if spec.server == server]

    # ---- what becomes of units

    async def proxy_started(self) -> None:
        """Wait until the proxy answers, create every proxy disabled, and enable those whose server listens."""
        if self._proxy is None:
            return
        while not await self._proxy_answers(self._proxy):
            await self._clock.sleep(_POLL_S)
        await self._proxy.populate(self.specs.values())
        self._enabled = dict.fromkeys(self.specs, False)
        self._populated.set()
        await self._apply(self.specs)

    def proxy_ended(self) -> None:
        """The proxy is gone, and every proxy with it."""
        self._populated.clear()
        self._enabled.clear()

    async def server_started(self, server: str) -> None:
        """Wait until a unit listens at the upstream of each of its links, and enable those that are not cut."""
        specs = self.of(server)
        if not specs or self._proxy is None:
            return
        for upstream in {spec.upstream for spec in specs}:
            while not await ask.accepts(upstream):
                await self._clock.sleep(_POLL_S)
        self._listening.add(server)
        await self._populated.wait()
        await self._apply(spec.name for spec in specs)

    async def server_ended(self, server: str) -> None:
        """Disable the links of a unit that is gone."""
        self._listening.discard(server)
        await self._apply(spec.name for spec in self.of(server))

    def close(self) -> None:
        """Leave every proxy as it is from now on: the cluster goes down."""
        self._closed = True

    # ---- verbs

    async def cut(self, link: str) -> None:
        """Close the link's connections and refuse new ones, until `mend`."""
        self._require(link)
        self._cut.add(link)
        await self._apply([link])

    async def mend(self, link: str) -> None:
        """Take every toxic off a link and enable it again when its server listens."""
        self._spec(link)
        self._cut.discard(link)
        if self._proxy is not None and self._populated.is_set():
            for name in await self._proxy.toxics(link):
                await self._proxy.remove_toxic(link, name)
            await self._apply([link])

    async def add_toxic(self, link: str, toxic: Toxic) -> None:
        await self._require(link).add_toxic(link, toxic)

    async def remove_toxic(self, link: str, name: str) -> None:
        await self._require(link).remove_toxic(link, name)

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        """One exchange of bytes through the link."""
        spec = self._spec(link)
        return await exchange(spec.listen, spec.protocol, timeout_s=timeout_s)

    # ---- inside

    def _spec(self, link: str) -> LinkSpec:
        if link not in self.specs:
            raise ClusterError(
                f"there is no link {link}: choose one of {', '.join(self.specs) or 'none, nothing is proxied'}"
            )
        return self.specs[link]

    def _require(self, link: str) -> Toxiproxy:
        self._spec(link)
        if self._proxy is None or not self._populated.is_set():
            raise ClusterError(f"{link} can't be changed: the proxy does not run; start it first")
        return self._proxy

    async def _apply(self, links: Iterable[str]) -> None:
        """Settle some links. A settling goes on when the caller is cancelled: a request can't be called back."""
        tasks = [asyncio.create_task(self._settle(self.specs[link])) for link in links]
        for task in tasks:
            self._settling.add(task)
            task.add_done_callback(self._settled)
        await asyncio.gather(*map(asyncio.shield, tasks))

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._settling.discard(task)
        if not task.cancelled():
            task.exception()

    async def _settle(self, spec: LinkSpec) -> None:
        """Bring one proxy to what its server and its cut want."""
        async with self._locks[spec.name]:
            wanted = spec.server in self._listening and spec.name not in self._cut
            if self._closed or self._proxy is None or self._enabled.get(spec.name, wanted) == wanted:
                return
            await (self._proxy.enable(spec.name) if wanted else self._proxy.disable(spec.name))
            if spec.name in self._enabled:
                self._enabled[spec.name] = wanted

    async def _proxy_answers(self, proxy: Toxiproxy) -> bool:
        if not await ask.accepts(proxy.api):
            return False
        try:
            await proxy.version()
        except ClusterError:
            return False
        return True
