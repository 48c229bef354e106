"""Blueprint: what a driver has to bring to life, without saying what it is for.

A blueprint names every unit and link that a run may ever use, spare hosts included, so that all addresses are chosen
once. A driver knows units, links and their readiness; it does not know that the runtime is Dapr.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# What listens behind a link, so that an exchange through it can be answered.
Protocol = Literal["http", "grpc", "redis", "postgres"]
# What a unit does: it hosts actors; it stands between clients and a host of actors; it keeps the actors' state; it
# carries links; or it is anything else that the runtime needs.
Role = Literal["app", "sidecar", "store", "proxy", "control"]

INCARNATION = "{incarnation}"
"""In a unit's command line or environment: its number is put there at each start."""

# Asked again and again until it returns None; any text is the reason why the unit is not ready yet.
Probe = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a unit listens."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpec:
    """One supervised process.

    Attributes:
        name: unique in the cluster: ``host-1/app``, ``placement-0``, ...
        program: which one it runs, where its role does not tell.
        argv, env: its command line and what is added to its environment.
        cwd: a folder of its own, made before the start and kept over restarts.
        listens: addresses that must be free before it starts.
        ready: asked after each start.
        ready_timeout_s: how long it may take to be ready.
        grace_s: how long a terminate waits before it kills.
        initial: started with the cluster; otherwise a fault may start it later.
        awaited: whether what stands before it may start only when it is ready.
    """

    name: str
    role: Role
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    cwd: Path
    listens: tuple[Address, ...] = ()
    ready: Probe
    ready_timeout_s: float = 30.0
    grace_s: float = 10.0
    initial: bool = True
    awaited: bool = True
    program: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSpec:
    """One proxied connection: the proxy listens at `listen` and forwards to `upstream`.

    Attributes:
        name: ``client>host-1``, ``host-1>app``, ``host-1>store``, ``host-1>placement-0``, ``hosts>scheduler-0``,
            ``peers>host-1``.
        server: the unit that listens at `upstream`; the proxy is enabled only while that unit listens.
        protocol: what it speaks.
    """

    name: str
    listen: Address
    upstream: Address
    server: str
    protocol: Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """All units in the order in which they start, and all links.

    Units that stand in the same inner tuple of `waves` start together; a wave begins when the one before is ready.
    `proxy_api` is the address of the proxy's HTTP API, None when nothing is proxied.
    """

    waves: tuple[tuple[UnitSpec, ...], ...]
    links: tuple[LinkSpec, ...]
    proxy_api: Address | None

    @property
    def units(self) -> dict[str, UnitSpec]:
        """Every unit by its name."""
        return {unit.name: unit for wave in self.waves for unit in wave}
