"""Choice: which driver a run gets, by name or by what this machine has."""

from __future__ import annotations

from dataclasses import replace

from actorproof.harness.application.application import Application
from actorproof.harness.drivers.port import Driver
from actorproof.harness.drivers.registry import AUTO, maker
from actorproof.harness.errors import EngineError, ProvisionError, UsageError
from actorproof.harness.progress import Progress
from actorproof.harness.runtimes.port import Deployable
from actorproof.harness.runtimes.registry import runtime
from actorproof.harness.session.scenario import Options

PROGRAMS, IMAGES = "process", "docker"
"""The drivers between which `auto` chooses: what runs programs, and what runs images."""


def choose(options: Options, *, progress: Progress, application: Application | None = None) -> Driver:
    """The driver that `options` name; `auto` is docker where an engine answers and has all images, else process.

    `auto` says in one line which driver it is, and why. With an `application` of a user's own it is process, and docker
    for an image. Errors as of harness/drivers/registry.py.
    """
    chosen = runtime(options.runtime)
    if options.driver in {AUTO, IMAGES} and isinstance(chosen, Deployable) and not chosen.images:
        if options.driver == IMAGES:
            raise UsageError(f"{chosen.title} has no images: choose --driver {PROGRAMS}")
        options = replace(options, driver=PROGRAMS)
    untried = chosen.untried(options.version)
    if untried:
        progress.phase(untried)
    if application is not None:
        fits = IMAGES if application.image else PROGRAMS
        if options.driver not in {AUTO, fits}:
            kind = "images" if application.image else "programs"
            raise UsageError(f"driver {options.driver} can't run {kind} of your own: choose --driver {fits}")
        options = replace(options, driver=fits)
    if options.driver != AUTO:
        return maker(options.driver)(options, progress=progress, application=application)
    if not options.skew and options.dapr_path is None:
        try:
            driver = maker(IMAGES)(options, progress=progress, application=application)
        except (EngineError, ProvisionError) as error:
            progress.phase(f"driver {PROGRAMS}: {_first_clause(error)}")
        else:
            progress.phase(f"driver {IMAGES}: an engine answers and has all images")
            return driver
    return maker(PROGRAMS)(options, progress=progress, application=application)


def _first_clause(error: Exception) -> str:
    """What is wrong, without what could be done about it."""
    return str(error).partition(";")[0].partition(": run `")[0]
