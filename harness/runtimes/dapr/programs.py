"""Programs: where Dapr's own come from, and of which version each has to be.

Each is the first of: what the user's folder has (``--dapr-path``); the path that an environment variable names;
``~/.dapr/bin`` when all in it are of the wanted versions; the cache; a build from the Go module beside this file.
"""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.errors import UsageError
from actorproof.harness.provision.candidate import Candidate, Request, Source, Tools, Wanted
from actorproof.harness.provision.golang import Build, Module
from actorproof.harness.provision.sources import Built, Folder, Initialised, Named, holds
from actorproof.harness.runtimes.dapr.versions import TRIED, Trait, is_version, traits

MODULES = Path(__file__).parent / "modules"
OPTION = "--dapr-path"
VARIABLES = {
    "daprd": "ACTORPROOF_DAPRD",
    "placement": "ACTORPROOF_PLACEMENT",
    "scheduler": "ACTORPROOF_SCHEDULER",
}
CONTROL_PLANE = ("placement", "scheduler")
# What a build takes on two cores when nothing of it is cached, so that nobody thinks that it hangs.
DURATIONS = {
    "daprd": "cold 5 to 10 minutes on two cores and 5 GB of Go's caches",
    "placement": "cold about 20 seconds on two cores",
    "scheduler": "cold about 3 minutes on two cores",
}


def candidates(request: Request, tools: Tools) -> tuple[Candidate, ...]:
    """Dapr's programs for a request, the quick ones to build first. UsageError for a skew that can't be."""
    meant = versions(request)
    names = [name for name in ("placement", "scheduler", "daprd") if _has(name, meant, request)]
    wanted = {name: _wanted(name, meant[name], request, tools) for name in names}
    return tuple(_candidate(wanted[name], tuple(wanted.values()), request, tools) for name in names)


def versions(request: Request) -> dict[str, str]:
    """What each program is meant to say: the request's version, but for those that its skew names."""
    meant = dict.fromkeys(VARIABLES, request.version)
    for choice in request.skew:
        name, equals, version = choice.partition("=")
        named = CONTROL_PLANE if name == "control-plane" else (name,)
        if not equals or not version or not set(named) <= set(VARIABLES):
            raise UsageError(
                f"skew {choice} is not NAME=VERSION: choose NAME from control-plane, {', '.join(sorted(VARIABLES))}"
            )
        meant |= dict.fromkeys(named, version)
    return meant


def _has(name: str, meant: dict[str, str], request: Request) -> bool:
    if name == "scheduler":
        return Trait.SCHEDULER in traits(_runs_as(meant[name], request))
    if name == "placement" and request.folder is not None:
        optional = Trait.PLACEMENT_OPTIONAL in traits(_runs_as(meant[name], request))
        return not optional or holds(request.folder, name) is not None
    return True


def _runs_as(says: str, request: Request) -> str:
    """The version whose command line a program gets; a name such as ``edge`` says nothing of that."""
    return says if is_version(says) else request.version


def _wanted(name: str, says: str, request: Request, tools: Tools) -> Wanted:
    return Wanted(
        name=name,
        says=says,
        version=_runs_as(says, request),
        other=f"choose --dapr {{said}}, or ask for the mix by name with --skew {name}={{said}}",
        interview=tools.interview,
    )


def _candidate(wanted: Wanted, together: tuple[Wanted, ...], request: Request, tools: Tools) -> Candidate:
    name, version = wanted.name, wanted.says
    sources: tuple[Source, ...]
    if request.folder is not None:
        sources = (Folder(name=name, folder=request.folder, option=OPTION, facts=tools.facts),)
    else:
        sources = (
            Named(name=name, variable=VARIABLES[name], facts=tools.facts),
            Initialised(name=name, together=together, facts=tools.facts),
            Built(
                name=name,
                version=version,
                recipe=_recipe(name, version),
                duration=DURATIONS[name],
                cache=tools.cache,
                progress=tools.progress,
            ),
        )
    buildable = ", ".join(each for each in TRIED if module(each).whole)
    return Candidate(
        wanted=wanted,
        sources=sources,
        nobody=(
            f"{name} {version} is not on this machine, and only {buildable} can be built here: name the folder that has"
            f" it with {OPTION}, or set {VARIABLES[name]}"
        ),
    )


def module(version: str) -> Module:
    """The Go module that builds a version, whole or not."""
    return Module(MODULES / f"dapr-{version}")


def _recipe(name: str, version: str) -> Build:
    return Build(
        module=module(version),
        package=f"github.com/dapr/dapr/cmd/{name}",
        # As Dapr's own releases are stamped; without it the programs call themselves "edge".
        stamp=(
            f"github.com/dapr/dapr/pkg/buildinfo.version={version}",
            f"github.com/dapr/kit/logger.DaprVersion={version}",
        ),
    )
