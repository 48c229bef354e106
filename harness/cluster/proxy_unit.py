"""Toxiproxy: carries every link that a fault can touch."""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address, UnitSpec

NAME = "toxiproxy"


def unit(*, program: Path, cwd: Path, api: Address) -> UnitSpec:
    """The proxy with its HTTP API at `api`. Proxies are made by the driver."""
    return UnitSpec(
        name=NAME,
        role="proxy",
        argv=(str(program), "-host", api.ip, "-port", str(api.port)),
        env=(("LOG_LEVEL", "info"),),
        cwd=cwd,
        listens=(api,),
        ready=ask.answers(api, "/version"),
    )
