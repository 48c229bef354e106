"""Environment: what an application is told of where it listens and where its sidecar is."""

from __future__ import annotations

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
