"""Dapr's sidecar, daprd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address, UnitSpec
from actorproof.harness.runtimes.dapr import view
from actorproof.harness.runtimes.dapr.versions import Trait, traits

AppProtocol = Literal["http", "h2c", "grpc"]
APP_ID = "actorproof"  # the hosts are replicas of one application
GRACEFUL_S = 5
GRACE_S = 12.0
READY_S = 30.0

# Actors find each other through placement, never by name. Dapr's default resolver, mDNS, would talk to the network, and
# to other runs' sidecars; this one only formats a name.
CONFIG = """\
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: actorproof
spec:
  nameResolution:
    component: kubernetes
"""


def config(features: Sequence[str]) -> str:
    """The sidecar's configuration file, with some of Dapr's preview features turned on."""
    on = "".join(f"    - name: {feature}\n      enabled: true\n" for feature in features)
    return CONFIG + (f"  features:\n{on}" if on else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """Where one sidecar listens and whom it dials.

    Attributes:
        http, grpc, metrics: its own addresses.
        internal: where it listens for other sidecars; `advertised` is where they find it.
        app: its application, or the proxy before it.
        placements, schedulers: those that it dials, or the proxies before them.
        resources, config: its folder of component files, and its configuration file.
        app_protocol: what its application speaks; ``grpc`` is what Dapr asks of one that opens a stream of events.
    """

    host: str
    http: Address
    grpc: Address
    metrics: Address
    internal: Address
    advertised: Address
    app: Address
    placements: tuple[Address, ...]
    schedulers: tuple[Address, ...]
    resources: Path
    config: Path
    app_protocol: AppProtocol = "http"


def unit(
    sidecar: Sidecar,
    *,
    program: Path,
    cwd: Path,
    version: str,
    dissemination_timeout_s: float,
    placement_health: Sequence[Address],
    types: frozenset[str],
    initial: bool,
    app_ready_s: float = 0.0,
) -> UnitSpec:
    """The sidecar of a host; `types` are the actor types that placement must list for it before it is ready.

    An application that is started beside it may take `app_ready_s` until it listens, for which the sidecar waits.
    """

    async def ready() -> str | None:
        return await why_not_ready(sidecar, placement_health=placement_health, types=types)

    return UnitSpec(
        name=f"{sidecar.host}/sidecar",
        role="sidecar",
        argv=argv(sidecar, program=program, version=version, dissemination_timeout_s=dissemination_timeout_s),
        # Empty tokens and a fixed namespace, since Dapr would take the caller's from the environment.
        env=(
            ("DAPR_HOST_IP", sidecar.advertised.ip),
            ("NAMESPACE", "default"),
            ("DAPR_API_TOKEN", ""),
            ("APP_API_TOKEN", ""),
        ),
        cwd=cwd,
        listens=(sidecar.http, sidecar.grpc, sidecar.metrics, sidecar.internal),
        ready=ready,
        ready_timeout_s=READY_S + app_ready_s,
        grace_s=GRACE_S,
        initial=initial,
    )


def argv(sidecar: Sidecar, *, program: Path, version: str, dissemination_timeout_s: float) -> tuple[str, ...]:
    """Command line of `version`. Before 1.14 the internal port listens on every address."""
    has = traits(version)
    words = [
        str(program),
        *("--app-id", APP_ID),
        *("--app-port", str(sidecar.app.port)),
        *("--app-channel-address", sidecar.app.ip),
        *(("--app-protocol", sidecar.app_protocol) if sidecar.app_protocol != "http" else ()),
        *("--dapr-http-port", str(sidecar.http.port)),
        *("--dapr-grpc-port", str(sidecar.grpc.port)),
        *("--dapr-listen-addresses", sidecar.http.ip),
        *("--dapr-internal-grpc-port", str(sidecar.internal.port)),
        *("--metrics-port", str(sidecar.metrics.port)),
        *("--resources-path", str(sidecar.resources)),
        *("--config", str(sidecar.config)),
        *("--dapr-graceful-shutdown-seconds", str(GRACEFUL_S)),
        *("--log-level", "info"),
        "--disable-builtin-k8s-secret-store",
    ]
    if Trait.INTERNAL_LISTEN_ADDRESS in has:
        words += ["--dapr-internal-grpc-listen-address", sidecar.internal.ip]
        words += ["--metrics-listen-address", sidecar.metrics.ip]
    if sidecar.placements:
        words += ["--placement-host-address", ",".join(map(str, sidecar.placements))]
    if sidecar.schedulers:
        words += ["--scheduler-host-address", ",".join(map(str, sidecar.schedulers))]
    if Trait.DISSEMINATION_TIMEOUT in has:
        words += ["--actors-disseminate-timeout", f"{round(dissemination_timeout_s * 1000)}ms"]
    return tuple(words)


async def why_not_ready(sidecar: Sidecar, *, placement_health: Sequence[Address], types: frozenset[str]) -> str | None:
    """None when the sidecar is ready to host actors, else what is missing.

    Health and metadata alone can look good on a host that has no actor types, which placement's table shows; where
    there is no placement, they have to do.
    """
    health = await ask.get(sidecar.http, "/v1.0/healthz")
    if health is None or health[0] // 100 != ask.OK // 100:
        return f"{sidecar.http}/v1.0/healthz says {health and health[0]}"
    metadata = await ask.get(sidecar.http, "/v1.0/metadata")
    if metadata is None:
        return f"no answer at {sidecar.http}/v1.0/metadata"
    runtime = view.runtime(metadata[1])
    # 1.12 reports no actor runtime: there, placement's table has to do. It lists a host some seconds before the other
    # sidecars know about it, so the first calls may take that long.
    if runtime is not None and not (runtime.placement_connected and runtime.host_ready):
        return f"actor runtime: placement connected {runtime.placement_connected}, host ready {runtime.host_ready}"
    if not placement_health:
        return None
    for address in placement_health:
        answer = await ask.get(address, "/placement/state")
        table = None if answer is None or answer[0] != ask.OK else view.table(answer[1])
        if table is not None and table.types.get(str(sidecar.advertised), frozenset()) >= types:
            return None
    return f"no placement lists {sidecar.advertised} with its actor types"
