"""Environment: what an application is told of where it listens and where its sidecar is, and has from this process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from actorproof.harness.application.application import Application
from actorproof.harness.cluster.blueprint import Address


def environment(application: Application, *, port: int, http: Address, grpc: Address) -> dict[str, str]:
    """What `dapr run` gives an application, what sends all traffic of SDKs to these addresses, and its own."""
    return {
        "APP_PORT": str(port),
        "PORT": str(port),
        "DAPR_RUNTIME_HOST": http.ip,
        "DAPR_HTTP_PORT": str(http.port),
        "DAPR_GRPC_PORT": str(grpc.port),
        "DAPR_HTTP_ENDPOINT": f"http://{http}",
        "DAPR_GRPC_ENDPOINT": f"http://{grpc}",
        "DAPR_API_TOKEN": "",
        "APP_API_TOKEN": "",
        **dict(application.environment(port)),
    }


def on_this_machine(told: Mapping[str, str], *, scratch: Path) -> dict[str, str]:
    """The environment of a user's program: this process's, a place for temporary files, and what it is told.

    The place is made below `scratch` and goes with that: a program that is killed clears up nothing. JVMs read no
    TMPDIR, and write counters to the system's own folder.
    """
    folder = scratch / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in _PLACES}
    found = {"TMPDIR": str(folder), **kept, **told}
    java = f'"-Djava.io.tmpdir={found["TMPDIR"]}" -XX:-UsePerfData'
    return found | {_JAVA: f"{java} {found.get(_JAVA, '')}".rstrip()}  # of two settings a JVM takes the last


_PLACES = frozenset({"TMPDIR", "TMP", "TEMP"})
_JAVA = "JAVA_TOOL_OPTIONS"
