"""Supervision: what starts, signals and watches a cluster's units; one implementation a driver."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from actorproof.harness.cluster.blueprint import Address

SignalName = Literal["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"]
SIGKILLED = -int(signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Child:
    """One incarnation of a unit. `exited` gets its exit code, negative for a signal; `pid` is this machine's number."""

    pid: int
    exited: asyncio.Future[int]


class Supervision(Protocol):
    """Starts and signals units, and ends them all when the harness ends, however that ends."""

    @property
    def failure(self) -> str | None:
        """Why nothing can be driven any more, for people; None while all is well."""

    async def vacant(self, address: Address) -> bool:
        """Whether a unit could listen there now."""

    async def spawn(
        self,
        *,
        unit: str,
        kind: str,
        incarnation: int,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        started: Callable[[Child], None],
    ) -> None:
        """Start a unit; ClusterError when its program can't be executed.

        `started` is called at once when the unit exists, even if the caller has been cancelled meanwhile, and always
        before its `exited` is done.
        """

    async def send_signal(self, child: Child, name: SignalName) -> None:
        """Send a signal to a unit and what it started; nothing happens when it has ended already."""

    async def stands_still(self, child: Child) -> bool:
        """Whether every thread of a unit is stopped."""

    async def runs(self, child: Child) -> bool:
        """Whether no thread of a unit is stopped."""

    async def close(self) -> None:
        """End everything and remove the scratch folder."""
