"""What Dapr's programs say about themselves, decoded. Pure functions; text that isn't understood decodes to None."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """One placement replica's table: its version, and the actor types of every host by the host's address."""

    version: int
    types: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeView:
    """A sidecar's actor runtime. Dapr 1.12 doesn't report it."""

    placement_connected: bool
    host_ready: bool


class _Host(msgspec.Struct):
    name: str = ""
    entities: list[str] = []
    actor_types: list[str] = msgspec.field(name="actorTypes", default=[])


class _NamespaceTable(msgspec.Struct):
    hosts: list[_Host] = []
    version: int = 0


class _State(msgspec.Struct):
    # From 1.17: one table a namespace. Before: one list.
    tables: dict[str, _NamespaceTable] | None = None
    hosts: list[_Host] | None = msgspec.field(name="hostList", default=None)
    version: int = msgspec.field(name="tableVersion", default=0)


class _ActorRuntime(msgspec.Struct):
    host_ready: bool = msgspec.field(name="hostReady", default=False)
    placement: str = ""


class _Metadata(msgspec.Struct):
    runtime: _ActorRuntime | None = msgspec.field(name="actorRuntime", default=None)


def table(body: bytes) -> TableView | None:
    """Decode ``/placement/state``.

    None also for ``null``, which is what a replica that doesn't lead answers from 1.17 on (with status 200).
    """
    try:
        state = msgspec.json.decode(body, type=_State | None)
    except msgspec.DecodeError:
        return None
    if state is None:
        return None
    hosts = list(state.hosts or ())
    version = state.version
    for part in (state.tables or {}).values():
        hosts += part.hosts
        version = max(version, part.version)
    return TableView(
        version=version, types={host.name: frozenset(host.entities) | frozenset(host.actor_types) for host in hosts}
    )


def runtime(body: bytes) -> RuntimeView | None:
    """Decode the actor runtime in ``/v1.0/metadata``; None when there is none."""
    try:
        metadata = msgspec.json.decode(body, type=_Metadata)
    except msgspec.DecodeError:
        return None
    if metadata.runtime is None:
        return None
    return RuntimeView(
        # The text is "connected" or "disconnected" behind a prefix.
        placement_connected=metadata.runtime.placement.removeprefix("placement:").strip() == "connected",
        host_ready=metadata.runtime.host_ready,
    )


def metric(body: bytes, name: str) -> float | None:
    """The greatest value that a metric has, whatever its labels, in Prometheus's text; None when it isn't there."""
    values = [
        float(line.rpartition(" ")[2])
        for line in body.decode(errors="replace").splitlines()
        if line.startswith((name + " ", name + "{"))
    ]
    return max(values, default=None)
