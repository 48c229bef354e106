"""Dapr's scheduler: keeps reminders in its own etcd and fires them. From 1.14."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.cluster.blueprint import Address, UnitSpec
from actorproof.harness.runtimes.dapr.units.control import control
from actorproof.harness.runtimes.dapr.versions import Trait, traits


def unit(
    *,
    name: str,
    program: Path,
    cwd: Path,
    version: str,
    listen: Address,
    broadcast: Address,
    health: Address,
    metrics: Address,
    etcd_client: Address,
    etcd_peers: Mapping[str, Address],
) -> UnitSpec:
    """The replica `name` of `version`. `etcd_peers` has each replica's peer address by its name, this one's included.

    Sidecars ask a scheduler only for the list of schedulers and then dial the addresses that those broadcast: a proxy
    has to stand at `broadcast`.
    """
    has = traits(version)
    peers = ",".join(f"{server_id(peer)}=http://{address}" for peer, address in etcd_peers.items())
    words = [
        str(program),
        *("--id", server_id(name)),
        *("--port", str(listen.port)),
        *("--listen-address", listen.ip),
        *("--healthz-port", str(health.port)),
        *("--healthz-listen-address", health.ip),
        *("--metrics-port", str(metrics.port)),
        *("--metrics-listen-address", metrics.ip),
        *("--etcd-data-dir", str(cwd / "etcd")),
    ]
    if Trait.SCHEDULER_ETCD_FLAGS in has:
        words += ["--etcd-initial-cluster", peers, "--etcd-client-port", str(etcd_client.port)]
        words += ["--override-broadcast-host-port", str(broadcast)]
    else:
        words += ["--initial-cluster", peers, "--etcd-client-ports", f"{server_id(name)}={etcd_client.port}"]
        words += ["--replica-count", str(len(etcd_peers))]
    if Trait.ETCD_CLIENT_LISTEN_ADDRESS in has:
        words += ["--etcd-client-listen-address", etcd_client.ip]
    return control(
        name=name,
        program="scheduler",
        argv=words,
        cwd=cwd,
        listens=(listen, health, metrics, etcd_client, etcd_peers[name]),
        health=health,
    )


def server_id(name: str) -> str:
    """Dapr's name of a replica: ``dapr-scheduler-server-0`` for ``scheduler-0``; it must end in its number."""
    return f"dapr-scheduler-server-{name.rpartition('-')[2]}"
