"""Member: what placement and a host's sidecar ask of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actorproof.harness.runtimes.simulated.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer to a heartbeat.

    Attributes:
        leads: false from a replica that doesn't lead: then nothing else counts.
        renewed: the lease is renewed, counted from the heartbeat's beginning.
        table: the table in force, for a host that has not got it.
        over: the host left, and its actors are with others.
    """

    leads: bool
    term: int = 0
    renewed: bool = False
    table: Table | None = None
    over: bool = False


class Member(Protocol):
    """What placement asks of a host's sidecar."""

    async def lock(self, session: int, base: Table, table: Table) -> bool:
        """Drain what moves away from the table in force, `base`, to a new one; whether that is done."""

    async def update(self, session: int, table: Table) -> None:
        """A table is in force; actors that moved here stay locked."""

    async def unlock(self, session: int, version: int) -> None:
        """New owners may begin."""
