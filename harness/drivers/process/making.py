"""Making: the driver of processes, with the programs that are here or can be built."""

from __future__ import annotations

from actorproof.harness.application.application import Application
from actorproof.harness.drivers.process.driver import ProcessDriver
from actorproof.harness.progress import Progress
from actorproof.harness.provision.programs import provide
from actorproof.harness.runtimes.registry import deployable
from actorproof.harness.session.scenario import Options


def make(options: Options, *, progress: Progress, application: Application | None) -> ProcessDriver:
    """The driver, and a witness for an application of a user's own. ProvisionError when a program can't be had."""
    programs = provide(
        version=options.version,
        progress=progress.phase,
        store=options.store,
        runtime=options.runtime,
        skew=options.skew,
        folder=options.dapr_path,
        witness=application is not None,
    )
    return ProcessDriver(programs, runtime=deployable(options.runtime))
