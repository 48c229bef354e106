"""The command line: `actorproof verify | run | list | analyze | report | setup | doctor | mutation`.

Exit codes: 0 all hold or are listed deviations, 1 violated, 2 unknown, 3 error or could not run, 64 wrong usage.
"""

from __future__ import annotations

import io
import os
import secrets
import sys
import traceback
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Column, Table

from actorproof import __version__
from actorproof.harness.cluster.topology import DEFAULT_VERSION, StoreName
from actorproof.harness.errors import ActorproofError, UsageError
from actorproof.harness.mutation.campaign import COLUMNS, Campaign
from actorproof.harness.provision.doctor import engine_leftovers, examine, leftovers
from actorproof.harness.provision.programs import provide
from actorproof.harness.run import foreign
from actorproof.harness.run import run as running
from actorproof.harness.run.analysis import Analysis
from actorproof.harness.run.analysis import analyze as decide_again
from actorproof.harness.runtimes.registry import DEFAULT, runtime
from actorproof.harness.runtimes.simulated.planting import bugs, named
from actorproof.harness.session.scenario import DriverName, FaultRate, Options, Profile, Scenario
from actorproof.reports.console import ConsoleProgress, show
from actorproof.reports.report import HTML
from actorproof.scenarios.registry import scenario, scenarios, selection

USAGE_EXIT = 64
ERROR_EXIT = 3
TABLE_WIDTH = 160

app = cyclopts.App(
    name="actorproof",
    help="Proves or disproves the guarantees of a real virtual-actor runtime, first of all Dapr.",
    version=__version__,
    help_format="plaintext",
    suppress_keyboard_interrupt=False,  # else it would end with a code of its own
)

Seed = Annotated[int | None, Parameter(help="Repeats a run's choices; drawn and printed when left out.")]
Out = Annotated[Path | None, Parameter(help="Folder for run folders; reports/out in a checkout.")]
Driver = Annotated[
    DriverName,
    Parameter(
        env_var="ACTORPROOF_DRIVER",
        help="What brings the cluster to life; auto: docker where an engine answers and has or gets the images.",
    ),
]
Image = Annotated[
    tuple[str, ...],
    Parameter(help="NAME=REFERENCE: an image of your own for the docker driver (daprd, redis, ...).", negative=()),
]
Store = Annotated[StoreName, Parameter(help="What keeps the actors' state.")]
Dapr = Annotated[str, Parameter(help="Version of Dapr.")]
DaprPath = Annotated[Path | None, Parameter(help="Folder that has daprd, placement and scheduler already.")]
Skew = Annotated[
    tuple[str, ...],
    Parameter(help="NAME=VERSION: run control-plane, placement, scheduler or daprd of another version.", negative=()),
]


@app.command
def verify(
    *,
    profile: Profile = "quick",
    seed: Seed = None,
    dapr: Dapr = DEFAULT_VERSION,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    subject: Literal["bare", "sdk"] | None = None,
    store: Store = "redis",
    driver: Driver = "auto",
    image: Image = (),
    out: Out = None,
) -> int:
    """Run the profile's selection of scenarios and judge them together."""
    options = Options(
        seed=_seed(seed),
        profile=profile,
        version=dapr,
        subject=subject,
        store=store,
        driver=driver,
        images=image,
        skew=skew,
        dapr_path=dapr_path,
    )
    return _conduct([*selection(profile)], options, name="verify", out=out)


@app.command(name="run")
def run_(
    name: str,
    /,
    *,
    hosts: int | None = None,
    placements: Annotated[int | None, Parameter(help="Replicas of placement, 1 or 3.")] = None,
    schedulers: Annotated[int | None, Parameter(help="Replicas of the scheduler, 1 or 3.")] = None,
    duration: Annotated[float | None, Parameter(help="Seconds of load and faults.")] = None,
    seed: Seed = None,
    fault_rate: Annotated[FaultRate, Parameter(help="How close faults follow each other.")] = "medium",
    profile: Profile = "quick",
    dapr: Dapr = DEFAULT_VERSION,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    subject: Annotated[Literal["bare", "sdk"] | None, Parameter(help="Kind of host.")] = None,
    clients: Annotated[int | None, Parameter(help="Concurrent callers.")] = None,
    break_: Annotated[str | None, Parameter(name="--break", help="Promise that the hosts break on purpose.")] = None,
    store: Store = "redis",
    driver: Driver = "auto",
    image: Image = (),
    out: Out = None,
) -> int:
    """Run one scenario, judge it, and write its report."""
    options = Options(
        seed=_seed(seed),
        profile=profile,
        hosts=hosts,
        placements=placements,
        schedulers=schedulers,
        duration_s=duration,
        fault_rate=fault_rate,
        version=dapr,
        subject=subject,
        clients=clients,
        breakage=break_,
        store=store,
        driver=driver,
        images=image,
        skew=skew,
        dapr_path=dapr_path,
    )
    return _conduct([scenario(name)], options, name=name, out=out)


@app.command(name="list")
def list_() -> int:
    """List the scenarios."""
    table = Table("scenario", "what it does", "guarantees", box=None)
    for name, found in scenarios().items():
        table.add_row(name, found.summary, ", ".join(found.guarantees))
    Console().print(table)
    return 0


@app.command
def analyze(
    folder: Path,
    /,
    *,
    guarantee: Annotated[tuple[str, ...], Parameter(help="Decide only these, and write nothing.")] = (),
    format_: Annotated[
        str | None,
        Parameter(
            name="--format",
            help="run, for a run's folder, or that of other people's histories: jepsen, edn, json, jsonl, txt, log,"
            " porcupine; found out if left out.",
        ),
    ] = None,
    model: Annotated[
        str | None, Parameter(help="What a history is to fit, such as cas-register, or FILE.py:CLASS.")
    ] = None,
    init: Annotated[str | None, Parameter(help="What it holds before the history begins, such as 0, in EDN.")] = None,
    keyed: Annotated[bool | None, Parameter(help="Its values are [key value]; found out if left out.")] = None,
    first: Annotated[bool, Parameter(help="Stop at its first key that fits no order.", negative=())] = False,
    consistency: Annotated[
        str | None, Parameter(help="What transactions are promised; strict-serializable if left out.")
    ] = None,
    budget: Annotated[float, Parameter(help="Seconds that the search for an order may take.")] = foreign.SEARCH_S,
) -> int:
    """Decide again from a run's folder, and write its reports again; or say whether a history fits a model."""
    if format_ == "run" or (format_ is None and not folder.is_file()):
        named = [
            f"--{name}" for name, given in (("model", model), ("init", init), ("keyed", keyed)) if given is not None
        ]
        if named or first:
            raise UsageError(f"{(*named, '--first')[0]} is for other people's histories: add --format jepsen")
        return _show(decide_again(folder, guarantees=guarantee))
    if guarantee:
        raise UsageError("--guarantee is for a run's folder: leave it out with a history")
    question = foreign.Question(
        model=model, format=format_, init=init, keyed=keyed, first=first, consistency=consistency, budget_s=budget
    )
    found = foreign.analyze(folder, question)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    print("\n".join(found.lines))
    return found.exit_code


@app.command
def report(folder: Path, /) -> int:
    """Write the reports of a run's folder again, and print where they are."""
    print(decide_again(folder).folder / HTML)
    return 0


@app.command
def setup(
    *,
    dapr: Dapr = DEFAULT_VERSION,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    store: Store = "redis",
    images: Annotated[bool, Parameter(help="Pull the docker driver's images, or make them.", negative=())] = False,
    image: Image = (),
) -> int:
    """Find or make every program that a cluster needs, and say from where."""
    untried = runtime(DEFAULT).untried(dapr)
    if untried:
        _say(untried)
    if images:
        return _setup_images(dapr, store, image)
    programs = provide(version=dapr, progress=_say, store=store, skew=skew, folder=dapr_path)
    table = Table("program", "version", "from", "path", box=None)
    for program in programs.all:
        table.add_row(program.name, program.version, program.origin, str(program.path))
    Console().print(table)
    return 0


def _setup_images(dapr: str, store: StoreName, choices: tuple[str, ...]) -> int:
    # docker-py takes a third of a second to load.
    from actorproof.harness.drivers.docker.engine import Engine  # noqa: PLC0415
    from actorproof.harness.provision import images  # noqa: PLC0415

    engine = Engine.connect()
    try:
        found = images.provide(
            engine,
            version=dapr,
            chosen=images.parse(choices, version=dapr, store=store),
            store=store,
            programs=lambda: provide(version=dapr, progress=_say),
            progress=_say,
        )
    finally:
        engine.close()
    table = Table("for", "image", "from", "id", box=None)
    for image in found.found.values():
        table.add_row(image.kind.name, image.reference, image.origin, image.id)
    Console().print(table)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


@app.command
def doctor() -> int:
    """Show what is there, what is missing and how to get it, and what earlier runs left behind."""
    rows = examine()
    table = Table("what", "state", "detail", "what to do", box=None)
    for row in rows:
        table.add_row(row.name, row.state, row.detail, row.remedy)
    console = Console()
    console.print(table)
    left = leftovers()
    for item in left:
        console.print(f"left behind: {item.path} (pids {', '.join(map(str, item.pids)) or 'none'}): {item.remedy}")
    in_engine = engine_leftovers()
    for found in in_engine:
        console.print(f"left behind in the engine by process {found.owner_pid}, which is gone: {found.remedy}")
    if not left and not in_engine:
        console.print("nothing is left behind by earlier runs")
    return 0


@app.command
def mutation(
    *,
    bug: Annotated[tuple[str, ...], Parameter(help="Plant only these; all when left out.", negative=())] = (),
    seeds: Annotated[int, Parameter(help="Seeds to try on a runtime without bugs.")] = 1000,
    replays: Annotated[int, Parameter(help="Of these, how many to run once more, byte for byte.")] = 100,
    examples: Annotated[int, Parameter(help="Plans to try for each bug.")] = 200,
    workers: Annotated[int | None, Parameter(help="Processes at once; one for each processor when left out.")] = None,
) -> int:
    """Plant every bug in the simulated runtime, see who finds it, and see that nothing is found without a bug."""
    for name in bug:
        named(name)
    if not 0 <= replays <= seeds:
        raise UsageError(f"replays is {replays}: choose at most as many as seeds, {seeds}")
    if min(examples, workers or 1) < 1:
        raise UsageError("examples and workers: choose 1 or more")
    campaign = Campaign(bugs=bug or tuple(bugs()), seeds=seeds, replays=replays, examples=examples)
    for line in campaign.run(workers=workers or os.cpu_count() or 1):
        print(line, flush=True)
    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_WIDTH)  # a file's or a log's lines may be long, and names must stay whole
    table = Table(*(Column(name, overflow="fold") for name in COLUMNS), box=None)
    for row in campaign.rows():
        table.add_row(*row)
    console.print(table)
    for line in campaign.summary():
        console.print(line, highlight=False, soft_wrap=True)
    return campaign.exit_code


def _conduct(chosen: list[Scenario], options: Options, *, name: str, out: Path | None) -> int:
    progress = ConsoleProgress()
    progress.phase(f"{name}: seed {options.seed}, profile {options.profile}, Dapr {options.version}")
    try:
        analysis = running.run(chosen, options, name=name, out=out or running.default_out(), progress=progress)
    finally:
        progress.close()
    return _show(analysis)


def _show(analysis: Analysis) -> int:
    for text in analysis.trouble:
        print(f"note: {text}", file=sys.stderr)
    show(analysis.report, analysis.folder)
    return analysis.report.verdict.outcome.exit_code


def _seed(seed: int | None) -> int:
    if seed is not None and seed < 0:
        raise UsageError(f"seed is {seed}: choose 0 or more")
    return secrets.randbelow(2**31) if seed is None else seed


def main() -> NoReturn:
    """Run the command line and exit with its documented code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack a character that a history has
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False, result_action="return_value")
    except cyclopts.CycloptsError as error:
        print(f"actorproof: {error}; see actorproof --help", file=sys.stderr)
        sys.exit(USAGE_EXIT)
    except ActorproofError as error:
        print(f"actorproof: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("actorproof: interrupted; everything that was started is stopped", file=sys.stderr)
        sys.exit(ERROR_EXIT)
    except BrokenPipeError:
        sys.exit(ERROR_EXIT)
    except Exception:  # noqa: BLE001 - Python's own exit code 1 would read as "violated"
        traceback.print_exc()
        print(
            "actorproof: this is a fault of Actorproof itself; please report it with the lines above", file=sys.stderr
        )
        sys.exit(ERROR_EXIT)
    sys.exit(code if isinstance(code, int) else 0)
