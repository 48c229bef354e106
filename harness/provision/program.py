"""Program: one executable, where it is and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.errors import ProvisionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One executable.

    Attributes:
        name: ``daprd``, ``placement``, ``scheduler``, ``redis-server``, ``postgres`` or ``toxiproxy``.
        version: the program's own version.
        path: absolute.
        origin: where it came from, for people: "built from the Go module dapr-1.18.2 with go1.26.8", "~/.dapr/bin", ...
        sha256: of the file, in hexadecimal.
        said: what it says of itself, name and version; empty where it can't be asked (an image).
    """

    name: str
    version: str
    path: Path
    origin: str
    sha256: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs of one runtime version by name, with a store and what stands between."""

    version: str
    found: Mapping[str, Program]

    def __getitem__(self, name: str) -> Program:
        """The program of that name. ProvisionError when it is missing."""
        program = self.found.get(name)
        if program is None:
            raise ProvisionError(
                f"{name} for version {self.version} is missing: run `actorproof setup --dapr {self.version}`"
            )
        return program

    @property
    def all(self) -> tuple[Program, ...]:
        """Those that are there."""
        return tuple(self.found.values())
