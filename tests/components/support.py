"""Ports and programs for tests of components."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.topology import DEFAULT_VERSION, Topology
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.candidate import Request
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.provision.programs import candidates, provide
from actorproof.harness.runtimes.dapr.plan import Deployment, plan


class CountedPorts:
    """Ports in a row; nobody listens there."""

    def __init__(self) -> None:
        self.last = 20_000

    def port(self) -> int:
        self.last += 1
        return self.last


def fake_programs(version: str) -> Programs:
    def program(name: str) -> Program:
        return Program(name=name, version=version, path=Path("/bin") / name, origin="nowhere", sha256="")

    names = ["daprd", "placement", "scheduler", "redis-server", "toxiproxy", "postgres", "witness"]
    if version == "1.12.0":
        names.remove("scheduler")
    return Programs(version=version, found={name: program(name) for name in names})


def planned(folder: Path, topology: Topology) -> Deployment:
    return plan(
        topology=topology,
        programs=fake_programs(topology.version),
        addresses=Loopback(CountedPorts()),
        scratch=folder / "scratch",
        run_dir=folder / "run",
        python="python3",
    )


def real_programs(version: str) -> Programs:
    """Programs of a version; skips the test where they would have to be built."""
    try:
        return provide(version=version, progress=_ignore, build=False)
    except ProvisionError as error:
        pytest.skip(str(error))


def redis_server() -> Path:
    """A redis-server; skips the test where there is none."""
    request = Request(version=DEFAULT_VERSION)
    found = candidates(request, cache=Cache(default_folder()), progress=_ignore)["redis-server"].find()
    if found is None:
        pytest.skip("no redis-server: run `actorproof setup`")
    return found.path


_ignore: Callable[[str], None] = lambda _: None  # noqa: E731 a one-word function


async def until(condition: Callable[[], Awaitable[bool]], *, timeout_s: float = 20.0) -> None:
    """Ask again and again until it is true; TimeoutError when that takes too long."""
    async with asyncio.timeout(timeout_s):
        while not await condition():  # noqa: ASYNC110 what is waited for tells nobody
            await asyncio.sleep(0.01)
