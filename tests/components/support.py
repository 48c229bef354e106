"""Ports and programs for tests of components."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.topology import DEFAULT_VERSION, Topology
from actorproof.harness.errors import ProvisionError
from actorproof.harness.history.events import StoreCommitted, StoreLogBroken
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.candidate import Request
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.provision.programs import candidates, provide
from actorproof.harness.runtimes.dapr.plan import Deployment, plan
from tests.properties.of_kind import of


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


async def until(condition: Callable[[], Awaitable[object] | object], *, timeout_s: float = 20.0) -> None:
    """Ask again and again until it is so; TimeoutError when that takes too long."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.01)


def opened(folder: Path) -> Journal:
    return Journal.open(folder / "harness.jsonl", process="harness", clock=SystemClock())


def commits(journal: Journal) -> list[StoreCommitted]:
    return of(read_journal(journal.path), StoreCommitted)


def broken(journal: Journal) -> list[str]:
    """Why the store's log is broken, as often as that is said."""
    return [event.reason for event in of(read_journal(journal.path), StoreLogBroken)]
