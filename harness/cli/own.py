"""Commands about an application of a user's own: `test` and `init`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.called import typed
from actorproof.harness import interruption
from actorproof.harness.application import calls as words
from actorproof.harness.application import file
from actorproof.harness.application.application import Application, Method, Protocol
from actorproof.harness.application.inquiry import inquire, there_is
from actorproof.harness.application.invariant import function_of, invariants
from actorproof.harness.application.trial import DEFAULT, tried
from actorproof.harness.cli.choices import Dapr, DaprPath, Hosts, Out, ProfileChoice, Seed, Store, seed_or_any
from actorproof.harness.cli.runs import conduct
from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.errors import UsageError
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import FaultRate, Options, Profile, Scenario
from actorproof.harness.workload.own_load import LONGEST_IDLE_S, SCANNED_S
from actorproof.scenarios.registry import wanted

Command = Annotated[
    str, Parameter(help="The application's command, behind --; {port} becomes the port that it has to listen on.")
]
Spoken = Annotated[
    Protocol | None,
    Parameter(name="--protocol", help="How the application hears of its turns: over HTTP, or a gRPC stream it opens."),
]
OfImage = Annotated[
    str,
    Parameter(name="--image", help="The image that the application comes in; what it runs may then be left to it."),
]
Ready = Annotated[float | None, Parameter(help="Seconds that the application may take until it listens.")]


def try_(
    *command: Command,
    file_: Annotated[
        Path | None,
        Parameter(name=("--file", "-f"), help="actorproof.toml, which is taken if it is there, or a dapr.yaml."),
    ] = None,
    app: Annotated[str, Parameter(help="Which application of a dapr.yaml.")] = "",
    image: OfImage = "",
    scenario: Annotated[
        tuple[str, ...], Parameter(help="Scenarios by name, with commas; those for any application if left out.")
    ] = (),
    calls: Annotated[
        tuple[str, ...],
        Parameter(help="Type.method, Type.method=JSON or a HAR file: what to call; may be given often."),
    ] = (),
    load: Annotated[
        str, Parameter(help="A command of your own that calls $DAPR_HTTP_ENDPOINT, in place of Actorproof's callers.")
    ] = "",
    hosts: Hosts = None,
    duration: Annotated[float | None, Parameter(help="Seconds of load and faults, of each scenario.")] = None,
    ready: Ready = None,
    protocol: Spoken = None,
    seed: Seed = None,
    fault_rate: Annotated[FaultRate, Parameter(help="How close faults follow each other.")] = "medium",
    profile: ProfileChoice = "quick",
    clients: Annotated[int | None, Parameter(help="Concurrent callers.")] = None,
    dapr: Dapr = DEFAULT_VERSION,
    dapr_path: DaprPath = None,
    store: Store = "redis",
    out: Out = None,
) -> int:
    """Judge an application of your own: run it on every host, call its actors, inject faults."""
    number = seed_or_any(seed)
    application, names, replicas = _described(command, file_, app=app, image=image, seed=number)
    application = replace(application, load=_load(load, application))
    methods = _methods(application, words.parse(calls))
    chosen = [wanted(name) for each in scenario or names or DEFAULT for name in each.split(",")]
    application = replace(
        application,
        methods=methods,
        types=tuple(dict.fromkeys(method.type for method in methods)),
        ready_timeout_s=application.ready_timeout_s if ready is None else ready,
        protocol=protocol or application.protocol,
    )
    options = Options(
        seed=number,
        profile=profile,
        hosts=replicas if hosts is None else hosts,
        duration_s=duration,
        fault_rate=fault_rate,
        clients=clients,
        version=dapr,
        dapr_path=dapr_path,
        store=store,
        driver="docker" if application.image else "process",
        command=_again(number),
    )
    for each in chosen:
        topology_of(each, options)  # one that can't be is refused before the application is started
    print(f"asking the application: {application.image or shlex.join(application.command)}", flush=True)
    application, settings = interruption.run(inquire(application))
    cases = list(tried(chosen, application, settings))
    if note := _idle_note(settings.idle_timeout_s, cases, duration=duration, profile=profile):
        print(note, flush=True)
    name = chosen[0].name if len(chosen) == 1 else "test"
    return conduct(cases, options, name=name, out=out, live=False)


def init(
    *command: Command,
    image: OfImage = "",
    ready: Ready = None,
    protocol: Spoken = None,
    force: Annotated[bool, Parameter(help="Write over a file that is there.", negative=())] = False,
) -> int:
    """Ask an application for its actor types, and write a first actorproof.toml here."""
    if not command and not image:
        raise UsageError("there is no application: give its command behind --, or its image with --image")
    path = Path(file.NAME)
    if path.exists() and not force:
        raise UsageError(f"{path} exists already: remove it, or say --force")
    asked = Application(command=command, types=(), cwd=str(Path.cwd()), protocol=protocol or "http", image=image)
    application, _ = interruption.run(inquire(asked if ready is None else replace(asked, ready_timeout_s=ready)))
    try:
        # What an image says of itself stays the image's to say.
        path.write_text(file.first(replace(application, command=command)), "utf-8")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
    then = typed("actorproof test")
    print(f"{path} written, with {', '.join(application.types)}: say in it what to call, then run `{then}`")
    return 0


def _described(
    command: tuple[str, ...], path: Path | None, *, app: str, image: str, seed: int
) -> tuple[Application, tuple[str, ...], int | None]:
    """The application as file and command line have it, what is to be tried, and on how many hosts."""
    if path is None and Path(file.NAME).is_file():
        path = Path(file.NAME)
    if path is None:
        if not command and not image:
            raise UsageError(
                "there is no application: give its command behind --, its image with --image, or a file with -f"
            )
        return Application(command=command, types=(), cwd=str(Path.cwd()), image=image), (), None
    application, written = file.read(path, seed=seed, app=app)
    if image:
        application = replace(application, image=image, command=())
    return replace(application, command=command or application.command), tuple(written.scenarios), written.replicas


def _methods(application: Application, said: tuple[Method, ...]) -> tuple[Method, ...]:
    """What is called: what the command line says, else the file."""
    methods = said or application.methods
    if not methods and not application.load:
        raise UsageError(
            f"no calls are known: say --calls Type.method=JSON, or write them into {file.NAME} (`actorproof init`)"
        )
    invariants(methods)  # that can't be had are told before anything is started
    for _, model in application.models:
        function_of(model, what="model")
    if not application.load and all(method.fails for method in methods):
        raise UsageError("every call has to fail: name one more, that is answered")
    return methods


def _load(said: str, application: Application) -> tuple[str, ...]:
    """The command of the user's own load: what the command line says, else the file; empty for none."""
    try:
        load = tuple(shlex.split(said)) or application.load
    except ValueError as error:
        raise UsageError(f"--load can't be split into words: {error}") from error
    if load and not there_is(load[0], cwd=application.cwd):
        raise UsageError(f"the load can't be run: there is no program {load[0]}, or it may not be executed")
    return load


def _idle_note(idle_s: float, cases: Sequence[Scenario], *, duration: float | None, profile: Profile) -> str:
    """That no actor will go idle and come back, where a run is too short for that; empty where it is not."""
    longest_s = max(case.duration_s[profile] if duration is None else duration for case in cases)
    needed_s = 2 * (idle_s + SCANNED_S)
    if idle_s > LONGEST_IDLE_S:
        return (
            f"note: actorIdleTimeout is {idle_s:g} s, so no actor goes idle here: what comes of that is judged up to"
            f" {LONGEST_IDLE_S:g} s"
        )
    if needed_s > longest_s:
        return (
            f"note: actorIdleTimeout is {idle_s:g} s, so no actor goes idle and comes back within {longest_s:g} s: say"
            f" --duration {needed_s:.0f} to have that judged"
        )
    return ""


def _again(seed: int) -> str:
    """The command that does the same again."""
    given = sys.argv[1:]
    ours = given[: given.index("--")] if "--" in given else given
    named = any(word == "--seed" or word.startswith("--seed=") for word in ours)
    return shlex.join(["actorproof", given[0], *(() if named else ("--seed", str(seed))), *given[1:]])
