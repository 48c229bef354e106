"""Commands about the machine: `setup` and `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.called import spoken, typed
from actorproof.harness.cli.choices import DaprIfAny, DaprPath, Image, Runtime, Skew, Store, chosen_of
from actorproof.harness.cli.output import folded, table
from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.errors import UsageError
from actorproof.harness.provision.doctor import Row, State, engine_leftovers, examine, leftovers
from actorproof.harness.provision.programs import provide
from actorproof.harness.run.standing.standing import standing
from actorproof.harness.runtimes import registry
from actorproof.harness.runtimes.registry import DEFAULT, deployable


def setup(
    *,
    dapr: DaprIfAny = None,
    dapr_path: DaprPath = None,
    skew: Skew = (),
    store: Store | None = None,
    runtime: Runtime = DEFAULT,
    images: Annotated[bool, Parameter(help="Pull the docker driver's images, or make them.", negative=())] = False,
    image: Image = (),
    into: Annotated[
        Path | None, Parameter(help="Folder for copies that run on other machines too, as in an image of your own.")
    ] = None,
) -> int:
    """Find or make every program that a cluster needs, and say from where."""
    version, kept = chosen_of(runtime, dapr=dapr, store=store, skew=skew, dapr_path=dapr_path)
    untried = registry.runtime(runtime).untried(version)
    if untried:
        _say(untried)
    if into is not None and (images or kept == "postgres"):
        raise UsageError("--into copies Redis and programs, neither images nor PostgreSQL: leave one of them out")
    if images:
        if not deployable(runtime).images:
            raise UsageError(f"{registry.runtime(runtime).title} has no images: leave --images out")
        return _setup_images(version, kept, image)
    if into is not None and not deployable(runtime).images:
        raise UsageError(f"{registry.runtime(runtime).title} has no programs that run elsewhere: leave --into out")
    programs = provide(
        version=version,
        progress=_say,
        store=kept,
        runtime=runtime,
        skew=skew,
        folder=dapr_path,
        witness=True,
        portable=into is not None,
    )
    if into is not None:
        programs = programs.copy(into)
    rows = [(program.name, program.version, program.origin, str(program.path)) for program in programs.all]
    print(table(("program", "version", "from", "path"), rows))
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
    rows = [(image.kind.name, image.reference, image.origin, image.id) for image in found.found.values()]
    print(table(("for", "image", "from", "id"), rows))
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _told(rows: Sequence[Row]) -> Iterator[str]:
    """A line a thing, by how it stands with it; what is missing comes last, where it is read first."""
    for state in (State.HERE, State.OPTIONAL, State.MAKEABLE, State.MISSING):
        found = [row for row in rows if row.state is state]
        if found:
            yield f"{state}:"
        for (detail, remedy), same in groupby(found, key=lambda row: (row.detail, row.remedy)):
            said = "; ".join(filter(None, (spoken(detail), typed(spoken(remedy)))))
            yield f"  {_names([row.name for row in same])}: {said}"


def _names(names: Sequence[str]) -> str:
    """The names of things in a line, with the version that they share once: ``placement, daprd 1.16.0``."""
    bare = {name.rpartition(" ")[0] for name in names}
    versions = {name.rpartition(" ")[2] for name in names}
    if len(names) == 1 or len(versions) > 1 or "" in bare:
        return ", ".join(names)
    return f"{', '.join(name.rpartition(' ')[0] for name in names)} {versions.pop()}"


def doctor() -> int:
    """Show what is there, what is missing and how to get it, and what earlier runs left behind."""
    print("\n".join(map(folded, _told(examine()))))
    for each in standing():
        end = typed(f"actorproof down {each.spec.name}")
        print(f"up: cluster {each.spec.name} (process {each.pid}): end it with `{end}`")
    left = leftovers()
    for item in left:
        print(f"left behind: {item.path} (pids {', '.join(map(str, item.pids)) or 'none'}): {item.remedy}")
    in_engine = engine_leftovers()
    for found in in_engine:
        print(f"left behind in the engine by process {found.owner_pid}, which is gone: {found.remedy}")
    if not left and not in_engine:
        print("nothing is left behind by earlier runs")
    return 0
