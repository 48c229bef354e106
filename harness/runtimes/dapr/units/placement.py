"""Dapr's placement: the table that says which host owns which actor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address, UnitSpec
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
    """The replica `name`. `raft` has the raft address of every replica by its name, this one's included."""

    async def ready() -> str | None:
        # The replicas elect a leader among themselves; whoever needs one waits for it by itself.
        answer = await ask.get(health, "/healthz")
        return None if answer is not None and answer[0] == ask.OK else f"{health}/healthz says {answer and answer[0]}"

    return UnitSpec(
        name=name,
        role="control",
        program="placement",
        argv=argv(
            name=name,
            program=program,
            version=version,
            listen=listen,
            health=health,
            metrics=metrics,
            raft=raft,
            dissemination_timeout_s=dissemination_timeout_s,
        ),
        env=(("NAMESPACE", "default"),),
        cwd=cwd,
        listens=(listen, health, metrics, raft[name]),
        ready=ready,
    )


def argv(
    *,
    name: str,
    program: Path,
    version: str,
    listen: Address,
    health: Address,
    metrics: Address,
    raft: Mapping[str, Address],
    dissemination_timeout_s: float,
) -> tuple[str, ...]:
    """Command line of `version`. 1.12 listens on every address; so does the health port in all versions."""
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
    return tuple(words)
