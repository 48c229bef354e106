"""Choice: the docker driver, ready to be used, or why it can't be."""

from __future__ import annotations

from actorproof.harness.cluster.docker.engine import Engine
from actorproof.harness.driver.docker import DockerDriver
from actorproof.harness.provision import images
from actorproof.harness.scenario import Options


def docker_driver(options: Options) -> DockerDriver:
    """The docker driver with the images that are there.

    EngineError when no engine can be used, ProvisionError when images are missing, UsageError for an image option that
    names none.
    """
    chosen = images.parse(options.images, version=options.version)
    engine = Engine.connect()
    try:
        return DockerDriver(engine, images.require(engine, version=options.version, chosen=chosen))
    except BaseException:
        engine.close()
        raise
