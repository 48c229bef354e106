"""ContainerMachines: what containers make possible: hosts off the network, pairs that don't hear each other, limits.

Packet filters are set from inside a place's sandbox, whose image has iptables: a published sidecar's has not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from actorproof.harness.cluster.port import Strain
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.drivers.docker.supervisor import ContainerSupervisor
from actorproof.harness.errors import ClusterError

MIB = 1 << 20
CPU_PERIOD_US = 100_000
# Nobody listens there: who is reachable refuses a connection (tcpmux), or drops a datagram (discard).
CLOSED_PORT = 1
DISCARD_PORT = 9
DATAGRAMS = 3


class ContainerMachines:
    """Implements `actorproof.harness.cluster.port.Machines`; `supervisor` gives that of a cluster that is up."""

    def __init__(
        self, ground: Ground, *, places: tuple[str, ...], supervisor: Callable[[], Awaitable[ContainerSupervisor]]
    ) -> None:
        self._ground = ground
        self._places = places
        self._supervisor = supervisor

    def places(self) -> tuple[str, ...]:
        """The machines' names: hosts, and units that belong to none."""
        return self._places

    async def disconnect(self, place: str) -> None:
        """Take a machine off the network. Its units keep running, and keep their sockets."""
        sandbox = await self._sandbox(place)
        await self._call(f"disconnect {place}", self._network().disconnect, sandbox)

    async def reconnect(self, place: str) -> None:
        """Put it back under its address; nothing happens when it is there."""
        sandbox = await self._sandbox(place)
        await self._call(f"look at {place}", sandbox.reload)
        if self._ground.network in sandbox.attrs["NetworkSettings"]["Networks"]:
            return
        address = self._ground.addresses.ip(place)
        await self._call(f"reconnect {place}", partial(self._network().connect, sandbox, ipv4_address=address))

    async def block(self, source: str, target: str) -> None:
        """Drop every packet from `source` at `target`."""
        await self._filter(target, "-I", *self._from(source), "-j", "DROP")

    async def unblock(self, source: str, target: str) -> None:
        """Let them in again; nothing happens when they are."""
        # -C tells whether the rule is there.
        if await self._try_filter(target, "-C", *self._from(source), "-j", "DROP") is not None:
            await self._filter(target, "-D", *self._from(source), "-j", "DROP")

    async def restrain(self, place: str, *, memory_mb: int | None, cpu_percent: int | None) -> None:
        """Limit each unit that runs there: `memory_mb` is what it may use beyond what it uses now."""
        supervisor = await self._supervisor()
        for container in supervisor.containers(place):
            limits: dict[str, int] = {}
            if cpu_percent is not None:
                limits |= {"cpu_period": CPU_PERIOD_US, "cpu_quota": CPU_PERIOD_US * cpu_percent // 100}
            if memory_mb is not None:
                used = (await self._stats(container))["memory_stats"]["usage"]
                limit = int(used) + memory_mb * MIB
                limits |= {"mem_limit": limit, "memswap_limit": limit}
            await self._call(f"limit {container.name}", partial(container.update, **limits))

    async def release(self, place: str) -> None:
        """Take both limits off the units that run there. What started since has none."""
        supervisor = await self._supervisor()
        total = int((await self._call("look at the engine", self._ground.engine.client.info))["MemTotal"])
        for container in supervisor.containers(place):
            free = {"cpu_period": CPU_PERIOD_US, "cpu_quota": -1, "mem_limit": total, "memswap_limit": total}
            await self._call(f"free {container.name}", partial(container.update, **free))

    async def reachable(self, place: str, *, timeout_s: float) -> bool:
        """Whether a connection to a port where nobody listens is answered, by a refusal."""
        try:
            async with asyncio.timeout(timeout_s):
                _, writer = await asyncio.open_connection(self._ground.addresses.ip(place), CLOSED_PORT)
        except ConnectionRefusedError:
            return True
        except OSError:  # TimeoutError is one
            return False
        writer.transport.abort()
        return True

    async def arrives(self, source: str, target: str) -> bool:
        """Whether a datagram from `source` is let in at `target`: counted behind all other rules there."""
        counted = (*self._from(source), "-p", "udp", "--dport", str(DISCARD_PORT))
        await self._filter(target, "-A", *counted)
        try:
            to = f"/dev/udp/{self._ground.addresses.ip(target)}/{DISCARD_PORT}"
            said = f"for n in {{1..{DATAGRAMS}}}; do echo x 2>/dev/null >{to}; done; true"
            await self._exec(source, "bash", "-c", said)
            listed = await self._exec(target, "iptables", "-w", "-L", "INPUT", "-v", "-x", "-n")
        finally:
            await self._filter(target, "-D", *counted)
        last = listed.strip().splitlines()[-1].split()
        return int(last[0]) > 0

    async def strain(self, place: str) -> Strain:
        """What limits have cost the units of a machine so far."""
        supervisor = await self._supervisor()
        # The engine takes a second for each.
        every = await asyncio.gather(*map(self._stats, supervisor.containers(place)))
        if not every:
            raise ClusterError(f"nothing runs at {place}: start it first")
        tightest = min(every, key=lambda stats: stats["memory_stats"]["limit"])["memory_stats"]
        return Strain(
            memory_mb=tightest["usage"] / MIB,
            memory_limit_mb=tightest["limit"] / MIB,
            refused=sum(stats["memory_stats"].get("failcnt", 0) for stats in every),
            throttled=sum(stats["cpu_stats"]["throttling_data"]["throttled_periods"] for stats in every),
        )

    # ---- inside

    def _network(self) -> Any:
        return self._ground.engine.client.networks.get(self._ground.network)

    def _from(self, source: str) -> tuple[str, ...]:
        return "INPUT", "-s", self._ground.addresses.ip(source)

    async def _filter(self, place: str, *rule: str) -> None:
        await self._exec(place, "iptables", "-w", *rule)

    async def _try_filter(self, place: str, *rule: str) -> str | None:
        with contextlib.suppress(ClusterError):
            return await self._exec(place, "iptables", "-w", *rule)
        return None

    async def _exec(self, place: str, *argv: str) -> str:
        """Run a command in a sandbox; ClusterError when it fails."""
        sandbox = await self._sandbox(place)
        code, output = await self._call(
            f"run {argv[0]} at {place}", lambda: sandbox.exec_run(list(argv), user="0", privileged=False)
        )
        text: str = output.decode(errors="replace")
        if code != 0:
            raise ClusterError(
                f"{argv[0]} at {place} failed with {code}: {' / '.join(text.split())[:200]}; see the image"
            )
        return text

    async def _stats(self, container: Any) -> dict[str, Any]:
        stats: dict[str, Any] = await self._call(
            f"look at {container.name}", lambda: container.stats(stream=False, one_shot=True)
        )
        return stats

    async def _sandbox(self, place: str) -> Any:
        if place not in self._places:
            raise ClusterError(f"there is no machine {place}: choose one of {', '.join(self._places)}")
        return await (await self._supervisor()).sandbox(place)

    async def _call(self, doing: str, work: Callable[..., Any], *args: Any) -> Any:
        return await (await self._supervisor()).call(doing, work, *args)
