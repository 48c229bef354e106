"""Dapr's placement: the table that says which host owns which actor."""

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
    health: Address,
    metrics: Address,
    raft: Mapping[str, Address],
    dissemination_timeout_s: float,
) -> UnitSpec:
    """The replica `name` of `version`. `raft` has the raft address of every replica by its name, this one's included.

    1.12 listens on every address; so does the health port in all versions.
    """
    has = traits(version)
    words = [
        str(program),
        *("--id", f"dapr-{name}"),
        *("--port", str(listen.port)),
        *("--healthz-port", str(health.port)),
        *("--metrics-port", str(metrics.port)),
        *("--initial-cluster", ",".join(f"dapr-{peer}={address}" for peer, address in raft.items())),
        "--metadata-enabled",
    ]
    if Trait.CONTROL_LISTEN_ADDRESSES in has:
        words += ["--listen-address", listen.ip]
        words += ["--healthz-listen-address", health.ip, "--metrics-listen-address", metrics.ip]
    if Trait.DISSEMINATION_TIMEOUT in has:
        # Up to 1.16 the flag of this name is something else: how long dissemination waits for further changes.
        words += ["--disseminate-timeout", f"{round(dissemination_timeout_s * 1000)}ms"]
    return control(
        name=name,
        program="placement",
        argv=words,
        cwd=cwd,
        listens=(listen, health, metrics, raft[name]),
        health=health,
    )
