"""UnitPlan: one unit of a simulated cluster before it runs, and the program that its process will hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from actorproof.harness.simulation.network import Port
from actorproof.harness.simulation.process import Process


class Program(Protocol):
    """What runs in a process."""

    async def main(self) -> int:
        """Run until the process ends by itself; the exit code. It is cancelled by nobody: a kill just ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """A unit before it runs.

    Attributes:
        port: where its program is found by others.
        make: makes the program of one incarnation in its process. It listens when `process.listening` is set, and is
            ready when `process.ready` is.
        grace_s: how long it may take to end when it is asked to.
        wave: units of a lower wave are ready before it starts.
    """

    name: str
    port: Port[Any]
    make: Callable[[Process, int], Program]
    grace_s: float = 5.0
    ready_timeout_s: float = 30.0
    initial: bool = True
    wave: int = 0
