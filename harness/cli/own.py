"""Commands about an application of a user's own: `test`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness import interruption
from actorproof.harness.application import calls as words
from actorproof.harness.application.application import Application
from actorproof.harness.application.inquiry import inquire
from actorproof.harness.application.trial import DEFAULT, tried
from actorproof.harness.cli.choices import Dapr, DaprPath, Out, Seed, Store, seed_or_any
from actorproof.harness.cli.runs import conduct
from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.errors import UsageError
from actorproof.harness.session.scenario import FaultRate, Options, Profile
from actorproof.scenarios.registry import wanted

Command = Annotated[str, Parameter(help="The application's command, behind --; {port} is where it has to listen.")]


def try_(
    *command: Command,
    scenario: Annotated[
        tuple[str, ...], Parameter(help="Scenarios by name, with commas; those for any application if left out.")
    ] = (),
    calls: Annotated[
        tuple[str, ...], Parameter(help="Type.method or Type.method=JSON: what to call; may be given often.")
    ] = (),
    hosts: int | None = None,
    duration: Annotated[float | None, Parameter(help="Seconds of load and faults, of each scenario.")] = None,
    seed: Seed = None,
    fault_rate: Annotated[FaultRate, Parameter(help="How close faults follow each other.")] = "medium",
    profile: Profile = "quick",
    clients: Annotated[int | None, Parameter(help="Concurrent callers.")] = None,
    dapr: Dapr = DEFAULT_VERSION,
    dapr_path: DaprPath = None,
    store: Store = "redis",
    out: Out = None,
) -> int:
    """Judge an application of your own: run it on every host, call its actors, inject faults."""
    if not command:
        raise UsageError("there is no application: give its command behind --")
    methods = words.parse(calls)
    if not methods:
        raise UsageError("no calls are known: say --calls Type.method or --calls Type.method=JSON")
    chosen = [wanted(name) for each in scenario or DEFAULT for name in each.split(",")]
    types = tuple(dict.fromkeys(method.type for method in methods))
    application = Application(command=command, types=types, cwd=str(Path.cwd()), methods=methods)
    print(f"actorproof: asking the application: {shlex.join(command)}", flush=True)
    application, settings = interruption.run(inquire(application))
    options = Options(
        seed=seed_or_any(seed),
        profile=profile,
        hosts=hosts,
        duration_s=duration,
        fault_rate=fault_rate,
        clients=clients,
        version=dapr,
        dapr_path=dapr_path,
        store=store,
        command=shlex.join(["actorproof", *sys.argv[1:]]),
    )
    name = chosen[0].name if len(chosen) == 1 else "test"
    return conduct(list(tried(chosen, application, settings)), options, name=name, out=out, live=False)
