"""Making: the driver of containers, with the images that are here or can be pulled."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from actorproof.harness.application.application import Application
from actorproof.harness.errors import EngineError
from actorproof.harness.progress import Progress
from actorproof.harness.provision.programs import provide_witness
from actorproof.harness.runtimes.registry import deployable
from actorproof.harness.session.scenario import Options

if TYPE_CHECKING:
    from actorproof.harness.drivers.docker.driver import DockerDriver


def make(options: Options, *, progress: Progress, application: Application | None) -> DockerDriver:
    """The driver, and a witness for an application of a user's own, which comes as an image.

    Images that are missing are pulled, in bounded time; only `actorproof setup --images` makes any. EngineError when no
    engine can be used, ProvisionError when images are missing, UsageError for an image option that names none.
    """
    witness = None if application is None else provide_witness(version=options.version, progress=progress.phase)
    if importlib.util.find_spec("docker") is None:
        raise EngineError("the library docker is not installed: pip install testcontainers, or choose --driver process")
    # Only here it is known that the library, on which all of these stand, is there.
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
