"""The host application: hosts the subject's actors beside a sidecar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import INCARNATION, Address, UnitSpec
from actorproof.harness.cluster.topology import SubjectName, Topology
from actorproof.harness.history.journal import journal_name
from actorproof.harness.runtimes.dapr.units.daprd import AppProtocol
from actorproof.harness.subjects.behaviour import encode
from actorproof.harness.subjects.own import subjects_with

# The module that hosts a subject, and what it is told besides.
KINDS: Mapping[SubjectName, tuple[str, ...]] = {
    "bare": ("bare",),
    "sdk": ("sdk",),
    "sdk-repaired": ("sdk", "--repaired", "true"),
    "sdk-h2c": ("sdk", "--h2c", "true"),
    "sdk-stream": ("stream",),
}


def types(topology: Topology) -> frozenset[str]:
    """What every host registers, whichever kind it is."""
    if topology.application is not None:
        return frozenset(topology.application.types)
    return frozenset(subjects_with(topology.subject_module))


def app_protocol(topology: Topology) -> AppProtocol:
    """What a host's application speaks to its sidecar."""
    if topology.streams:
        return "grpc"
    return "h2c" if topology.application is None and topology.subject == "sdk-h2c" else "http"


def components(topology: Topology) -> dict[str, str]:
    """The component files of a user's own, by name; none for our hosts."""
    folder = topology.application.resources if topology.application is not None else ""
    files = sorted(Path(folder).glob("*.y*ml")) if folder else []
    return {file.name: file.read_text("utf-8") for file in files}


def unit(
    *,
    host: str,
    python: str,
    cwd: Path,
    topology: Topology,
    listen: Address,
    sidecar_http: Address,
    sidecar_grpc: Address,
    raw: Path,
    initial: bool,
) -> UnitSpec:
    """The application of a host; it journals to a file of its own for each incarnation in the folder `raw`."""

    async def ready() -> str | None:
        if topology.streams:
            return None if await ask.accepts(listen) else f"nothing listens on {listen}"
        answer = await ask.get(listen, "/healthz")
        if answer is None or answer[0] // 100 != ask.OK // 100:
            return f"{listen}/healthz says {answer and answer[0]}"
        return None

    return UnitSpec(
        name=f"{host}/app",
        role="app",
        argv=argv(host=host, python=python, topology=topology, listen=listen, sidecar_http=sidecar_http, raw=raw),
        env=(
            # What `dapr run` gives an application; the SDK reads it.
            ("DAPR_RUNTIME_HOST", sidecar_http.ip),
            ("DAPR_HTTP_PORT", str(sidecar_http.port)),
            ("DAPR_GRPC_PORT", str(sidecar_grpc.port)),
            ("DAPR_HTTP_ENDPOINT", f"http://{sidecar_http}"),
            ("DAPR_GRPC_ENDPOINT", str(sidecar_grpc)),
            ("DAPR_API_TOKEN", ""),
            ("APP_API_TOKEN", ""),
        ),
        cwd=cwd,
        listens=(listen,),
        ready=ready,
        initial=initial,
    )


def argv(
    *, host: str, python: str, topology: Topology, listen: Address, sidecar_http: Address, raw: Path
) -> tuple[str, ...]:
    """Command line."""
    process = f"{host}/app#{INCARNATION}"
    module, *more = KINDS[topology.subject]
    words = [
        python,
        *("-m", f"actorproof.harness.subjects.{module}"),
        *("--host", host),
        *("--process", process),
        *("--listen", str(listen)),
        *("--sidecar", str(sidecar_http)),
        *("--journal", str(raw / journal_name(process))),
        *("--idle-timeout-s", str(topology.idle_timeout_s)),
        *("--drain-timeout-s", str(topology.drain_timeout_s)),
        *("--drain-enabled", str(topology.drain_enabled).lower()),
        *("--reentrancy", str(topology.reentrancy).lower()),
        *("--max-stack-depth", str(topology.max_stack_depth)),
        *more,
    ]
    if topology.reentrancy_exceptions:
        words += ["--reentrancy-exceptions", ",".join(topology.reentrancy_exceptions)]
    if topology.entities:
        own = (f"{entity.type}={entity.idle_timeout_s}" for entity in topology.entities)
        words += ["--idle-timeouts", ",".join(own)]
    if topology.reminder_partitions:
        words += ["--reminder-partitions", str(topology.reminder_partitions)]
    if topology.breakage is not None:
        words += ["--breakage", topology.breakage]
    if topology.subject_module:
        words += ["--subject-module", topology.subject_module]
    if topology.behaviours:
        words += ["--behaviours", encode(topology.behaviours)]
    return tuple(words)
