"""Program: one executable, where it is and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One executable.

    Attributes:
        name: ``daprd``, ``placement``, ``scheduler``, ``redis-server`` or ``toxiproxy``.
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
    """All programs of one runtime version; `scheduler` is None for a version that has none."""

    version: str
    daprd: Program
    placement: Program
    scheduler: Program | None
    redis: Program
    toxiproxy: Program

    @property
    def all(self) -> tuple[Program, ...]:
        """Those that are there, in the order in which a cluster needs them."""
        found = (self.daprd, self.placement, self.scheduler, self.redis, self.toxiproxy)
        return tuple(program for program in found if program is not None)
