"""Program: one executable, where it is and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.cluster.topology import StoreName


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One executable.

    Attributes:
        name: ``daprd``, ``placement``, ``scheduler``, ``redis-server``, ``postgres`` or ``toxiproxy``.
        version: the program's own version.
        path: absolute.
        origin: where it came from, for people: "built from the Go module dapr-1.18.2 with go1.26.8", "~/.dapr/bin", ...
        sha256: of the file, in hexadecimal.
    """

    name: str
    version: str
    path: Path
    origin: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """All programs of one runtime version; None for a scheduler that it has not, and for a store that is not wanted."""

    version: str
    daprd: Program
    placement: Program
    scheduler: Program | None
    redis: Program | None
    toxiproxy: Program
    postgres: Program | None = None

    @property
    def all(self) -> tuple[Program, ...]:
        """Those that are there, in the order in which a cluster needs them."""
        found = (self.daprd, self.placement, self.scheduler, self.redis, self.postgres, self.toxiproxy)
        return tuple(program for program in found if program is not None)

    @property
    def stores(self) -> dict[StoreName, Program]:
        """Those that keep state, by the topology's name for them."""
        named: dict[StoreName, Program | None] = {"redis": self.redis, "postgres": self.postgres}
        return {name: program for name, program in named.items() if program is not None}
