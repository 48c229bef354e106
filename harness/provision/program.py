"""Program: one executable, where it is and where it came from; and the kinds of images that programs come in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from actorproof.harness.errors import ProvisionError

# Local images are named so that nobody takes them for published ones.
PREFIX = "actorproof-local/"


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

    def copy(self, folder: Path) -> Programs:
        """Copies of all in one folder, each by its name. ProvisionError when they can't be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            copies = {
                name: replace(program, path=Path(shutil.copy(program.path, folder.absolute() / name)))
                for name, program in self.found.items()
            }
        except OSError as error:
            raise ProvisionError(f"{folder} can't hold the programs: {error.strerror}: choose another") from error
        return replace(self, found=copies)

    @property
    def all(self) -> tuple[Program, ...]:
        """Those that are there."""
        return tuple(self.found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One image that a cluster needs.

    Attributes:
        name: ``redis`` or ``postgres``, ``toxiproxy``, ``python`` (for applications), ``sandbox`` (owns
            a host's network, and has iptables), or what the runtime calls its own.
        published, local: references.
        program: what runs in it, as its own file system has it.
        version: of that program; `local_version` in the local image, where it is another.
    """

    name: str
    published: str
    local: str
    program: str
    version: str
    local_version: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that names another image."""
        return f"ACTORPROOF_IMAGE_{self.name.upper()}"
