"""Choices that several commands take, as cyclopts reads them from annotations."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cluster.topology import DEFAULT_VERSION, StoreName, SubjectName
from actorproof.harness.drivers import registry as drivers
from actorproof.harness.errors import UsageError
from actorproof.harness.runtimes import registry
from actorproof.harness.session.scenario import Profile

Hosts = Annotated[int | None, Parameter(help="Hosts from the start: a sidecar and its application each.")]
ProfileChoice = Annotated[Profile, Parameter(help="How long, and how much is tried: see `actorproof list`.")]
SubjectKind = Annotated[
    SubjectName | None,
    Parameter(
        help="What hosts the actors: Dapr's application protocol alone (bare), or its Python SDK over HTTP (sdk), "
        "HTTP/2 (sdk-h2c) or a gRPC stream (sdk-stream); sdk-repaired drops what a failed turn left."
    ),
]
Seed = Annotated[int | None, Parameter(help="Repeats a run's choices; drawn and printed when left out.")]
Out = Annotated[Path | None, Parameter(help="Folder for run folders; reports/out in a checkout.")]
Driver = Annotated[
    str,
    Parameter(
        env_var="ACTORPROOF_DRIVER",
        help=f"What brings the cluster to life: {', '.join(drivers.names())}; {drivers.AUTO}: docker where an engine"
        " answers and has or gets the images.",
    ),
]
Image = Annotated[
    tuple[str, ...],
    Parameter(help="NAME=REFERENCE: an image of your own for the docker driver (daprd, redis, ...)."),
]
Live = Annotated[bool, Parameter(help="Show the screen of `actorproof watch`, on a terminal.", negative=())]
Runtime = Annotated[str, Parameter(name="--runtime", help="What is judged: dapr, ray-workflow or ray.")]
Store = Annotated[StoreName, Parameter(help="What keeps the actors' state.")]
SubjectModule = Annotated[
    str, Parameter(help="FILE.py or module, with :Class behind it if wanted: actors of your own on the hosts.")
]
Dapr = Annotated[str, Parameter(help="Version of Dapr.")]
DaprIfAny = Annotated[
    str | None, Parameter(help=f"Version of Dapr; the scenario's, {DEFAULT_VERSION} as a rule, when left out.")
]
DaprPath = Annotated[Path | None, Parameter(help="Folder that has daprd, placement and scheduler already.")]
Skew = Annotated[
    tuple[str, ...],
    Parameter(help="NAME=VERSION: run control-plane, placement, scheduler or daprd of another version."),
]


def chosen_of(
    name: str,
    *,
    dapr: str | None,
    store: StoreName | None,
    skew: tuple[str, ...] = (),
    dapr_path: Path | None = None,
) -> tuple[str, StoreName]:
    """The version and the store for a runtime: what was given, or its own.

    UsageError for what is Dapr's, given for another runtime: it is never passed over in silence, the usual version of
    Dapr neither.
    """
    found = registry.runtime(name)
    if name != registry.DEFAULT:
        if dapr is not None:
            raise UsageError(f"--dapr {dapr} is no version of {found.title}: leave it out")
        if skew or dapr_path is not None:
            given = "--skew" if skew else "--dapr-path"
            raise UsageError(f"{given} is for programs of Dapr, and {found.title} runs none: leave it out")
    return dapr or found.tried[0], store or found.stores[0]


def seed_or_any(seed: int | None) -> int:
    """The seed that was given, or one that is drawn; UsageError for a negative one."""
    if seed is not None and seed < 0:
        raise UsageError(f"seed is {seed}: choose 0 or more")
    return secrets.randbelow(2**31) if seed is None else seed
