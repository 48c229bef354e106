"""The simulated driver: the contract of the Cluster port, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pytest

from actorproof.harness.drivers.simulated.cluster import SimCluster
from actorproof.harness.history.journal import Journal
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network, Port
from actorproof.harness.simulation.process import Process
from actorproof.harness.simulation.unit import UnitPlan

from .contract import LinkedClusterContract, Rig

T = TypeVar("T")


class Clock:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now_ns(self) -> int:
        return self._loop.now_ns

    def wall_ns(self) -> int:
        return self._loop.now_ns

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


class Server:
    """Listens; what it does when it is asked to end depends on its kind."""

    def __init__(self, process: Process, kind: str) -> None:
        self.process = process
        self.kind = kind

    async def main(self) -> int:
        if self.kind == "broken":
            return 7
        self.process.listening = self.process.ready = True
        await self.process.stopping.wait()
        if self.kind == "stubborn":
            await asyncio.Event().wait()
        return 0


def unit(name: str, kind: str = "", *, initial: bool = True) -> UnitPlan:
    port: Port[Server] = Port(name)
    grace_s = 0.5 if kind == "stubborn" else 5.0
    return UnitPlan(name=name, port=port, make=lambda p, _: Server(p, kind), initial=initial, grace_s=grace_s)


def fail(error: BaseException) -> None:
    raise error


class TestSimulated(LinkedClusterContract):
    @pytest.fixture(autouse=True)
    def _loop(self) -> Iterator[None]:
        self.loop = VirtualLoop()
        yield
        self.loop.close()

    @pytest.fixture
    def runner(self) -> SimpleNamespace:
        """In the driver's time."""
        return SimpleNamespace(run=self.loop.run_until_complete)

    def make(self, folder: Path) -> Rig:
        rng = random.Random(1)
        journal = folder / "raw" / "harness.jsonl"
        cluster = SimCluster(
            units=[
                unit("store"),
                unit("host-1/app", "stubborn"),
                unit("host-2/app", initial=False),
                unit("host-3/app", "broken", initial=False),
            ],
            links={"host-1>store": Link("host-1>store", "store", rng=rng)},
            network=Network(self.loop, rng=rng, failed=fail),
            loop=self.loop,
            journal=Journal.open(journal, process="harness", clock=Clock(self.loop)),
            rng=rng,
        )
        return Rig(
            cluster=cluster,
            server="store",
            stubborn="host-1/app",
            spare="host-2/app",
            broken="host-3/app",
            link="host-1>store",
            journal=journal,
        )
