"""Choice: which driver a run gets, by name or by what this machine has."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import TYPE_CHECKING

from actorproof.harness.application.application import Application
from actorproof.harness.drivers.port import Driver
from actorproof.harness.drivers.process.driver import ProcessDriver
from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.errors import EngineError, ProvisionError, UsageError
from actorproof.harness.progress import Progress
from actorproof.harness.provision.program import Program
from actorproof.harness.provision.programs import provide, provide_witness
from actorproof.harness.runtimes.port import Deployable
from actorproof.harness.runtimes.registry import deployable, runtime, simulable
from actorproof.harness.session.scenario import DriverName, Options

if TYPE_CHECKING:
    from actorproof.harness.drivers.docker.driver import DockerDriver


def choose(options: Options, *, progress: Progress, application: Application | None = None) -> Driver:
    """The driver that `options` name; `auto` is docker where an engine answers and has all images, else process.

    Images that are missing are pulled, in bounded time; only `actorproof setup --images` makes any. `auto` says in one
    line which driver it is, and why. With an `application` of a user's own it is process, and docker for an image.
    ProvisionError when a program or image is missing and can't be made, EngineError when docker was named and no
    engine can be used.
    """
    chosen = runtime(options.runtime)
    if options.driver in {"auto", "docker"} and isinstance(chosen, Deployable) and not chosen.images:
        if options.driver == "docker":
            raise UsageError(f"{chosen.title} has no images: choose --driver process")
        options = replace(options, driver="process")
    untried = chosen.untried(options.version)
    if untried:
        progress.phase(untried)
    if application is not None:
        fits: DriverName = "docker" if application.image else "process"
        if options.driver not in {"auto", fits}:
            kind = "images" if application.image else "programs"
            raise UsageError(f"driver {options.driver} can't run {kind} of your own: choose --driver {fits}")
        options = replace(options, driver=fits)
    match options.driver:
        case "process":
            return _process(options, progress, witness=application is not None)
        case "simulated":
            simulated = simulable("simulated")
            planted = simulated if options.bug is None else simulated.planted(options.bug)
            return SimulatedDriver(seed=options.seed, runtime=planted)
        case "docker":
            witness = None if application is None else provide_witness(version=options.version, progress=progress.phase)
            return docker_driver(options, progress=progress, witness=witness)
        case "auto" if options.skew or options.dapr_path is not None:
            return _process(options, progress)
        case "auto":
            try:
                driver = docker_driver(options, progress=progress)
            except (EngineError, ProvisionError) as error:
                progress.phase(f"driver process: {_first_clause(error)}")
                return _process(options, progress)
            how = f", of which {len(driver.pulled)} were pulled" if driver.pulled else ""
            progress.phase(f"driver docker: engine {driver.engine.version} answers and has all images{how}")
            return driver


def docker_driver(options: Options, *, progress: Progress, witness: Program | None = None) -> DockerDriver:
    """The docker driver with the images that are there or can be pulled, and a `witness` for applications of others.

    EngineError when no engine can be used, ProvisionError when images are missing, UsageError for an image option that
    names none.
    """
    if importlib.util.find_spec("docker") is None:
        raise EngineError("the library docker is not installed: pip install testcontainers, or choose --driver process")
    # These take a third of a second to load, and other drivers don't need them.
    from actorproof.harness.drivers.docker.driver import DockerDriver  # noqa: PLC0415
    from actorproof.harness.drivers.docker.engine import Engine  # noqa: PLC0415
    from actorproof.harness.drivers.docker.ground import labels_of  # noqa: PLC0415
    from actorproof.harness.drivers.docker.inquiry import asked  # noqa: PLC0415
    from actorproof.harness.provision import images  # noqa: PLC0415
    from actorproof.harness.provision.pull import Puller  # noqa: PLC0415

    chosen = images.parse(options.images, version=options.version, store=options.store, runtime=options.runtime)
    engine = Engine.connect()
    try:
        puller = Puller(engine, progress=progress.phase, all_or_none=True)
        found = images.require(
            engine,
            version=options.version,
            chosen=chosen,
            store=options.store,
            runtime=options.runtime,
            puller=puller,
        )
        found = asked(engine, found, runtime=deployable(options.runtime), labels=labels_of("inquiry"))
        pulled = tuple(puller.pulled)
        if pulled:
            # A registry answers, so that asking for one more costs no time-out on every run.
            images.pull_ryuk(engine, puller, progress=progress.phase)
        return DockerDriver(engine, found, runtime=deployable(options.runtime), pulled=pulled, witness=witness)
    except BaseException:
        engine.close()
        raise


def _process(options: Options, progress: Progress, *, witness: bool = False) -> ProcessDriver:
    programs = provide(
        version=options.version,
        progress=progress.phase,
        store=options.store,
        runtime=options.runtime,
        skew=options.skew,
        folder=options.dapr_path,
        witness=witness,
    )
    return ProcessDriver(programs, runtime=deployable(options.runtime))


def _first_clause(error: Exception) -> str:
    """What is wrong, without what could be done about it."""
    return str(error).partition(";")[0].partition(": run `")[0]
