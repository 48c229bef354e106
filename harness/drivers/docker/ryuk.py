"""Ryuk: Testcontainers' own reaper, a container, beside the harness's where its image can be had.

One Ryuk serves all runs of this process. It holds no label of a run: it removes itself, and whatever Testcontainers
made in this process, once the process has ended. Protocol: a line ``label=KEY=VALUE``, answered by ``ACK``
(https://github.com/testcontainers/moby-ryuk).
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass

import requests
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]  # the library has no types
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import Reaper
from testcontainers.core.exceptions import ContainerConnectException, ContainerStartException
from testcontainers.core.labels import SESSION_ID

from actorproof.harness.drivers.docker.engine import Engine, explain

# What the user's variables and properties file say, before this module says anything.
OFF = testcontainers_config.ryuk_disabled
# This process stays connected all its life, so that there is no reconnection to wait for: only for our own reaper, so
# that two don't remove the same things at once.
_RECONNECTION = "RYUK_RECONNECTION_TIMEOUT"
_SHORT = "6s"
_ACK = b"ACK\n"
# What came of starting it, in this process: why it failed, empty when it watches.
_started: dict[str, str] = {}
ATTEMPTS = 3
ACK_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ryuk:
    """Whether one watches.

    Attributes:
        reference: of its image.
        id: of its image; None when none watches.
        absence: why none watches; empty when one does.
    """

    reference: str
    id: str | None = None
    absence: str = ""


def reference() -> str:
    """The image that Testcontainers starts: RYUK_CONTAINER_IMAGE, or its own default."""
    return str(testcontainers_config.ryuk_image)


def watch(engine: Engine) -> Ryuk:
    """Have one watch over what this process makes from now on, unless one does. It pulls nothing, and never raises."""
    name = reference()
    testcontainers_config.ryuk_disabled = True
    if OFF:
        return Ryuk(reference=name, absence="Testcontainers' settings switch it off")
    try:
        id_ = str(engine.client.images.get(name).id)
    except ImageNotFound:
        return Ryuk(reference=name, absence="the engine lacks its image")
    except (DockerException, requests.RequestException) as error:
        return Ryuk(reference=name, absence=str(explain(error, "look for its image")))
    if name not in _started:
        _started[name] = _start(engine)
    if _started[name]:
        return Ryuk(reference=name, absence=_started[name])
    testcontainers_config.ryuk_disabled = False
    return Ryuk(reference=name, id=id_)


def _start(engine: Engine) -> str:
    """Start it and have it acknowledge this process's label; why that failed, or nothing."""
    testcontainers_config.ryuk_docker_socket = str(engine.path)
    if _RECONNECTION not in os.environ:
        testcontainers_config.ryuk_reconnection_timeout = _SHORT
    failure = ""
    for _ in range(ATTEMPTS):
        try:
            # Before any container is made: Testcontainers itself would do it in any thread that comes first.
            Reaper.get_instance()
            if _acknowledged():
                return ""
            # The engine's own proxy may take a connection before Ryuk listens: then once more.
            failure = "it does not acknowledge what it is told"
        except (DockerException, requests.RequestException) as error:
            _remove(engine)
            return str(explain(error, "start it"))
        except (OSError, ContainerConnectException, ContainerStartException) as error:
            _remove(engine)
            return f"it does not come up: {error}"
        _remove(engine)
    return failure


def _acknowledged() -> bool:
    connection = Reaper._socket  # noqa: SLF001 Testcontainers sends the label, and does not read the answer
    if connection is None:
        return False
    connection.settimeout(ACK_S)
    try:
        return connection.recv(len(_ACK), socket.MSG_WAITALL) == _ACK
    except OSError:  # TimeoutError is one
        return False


def _remove(engine: Engine) -> None:
    """Leave nothing of one that did not come up."""
    with contextlib.suppress(DockerException, requests.RequestException):
        Reaper.delete_instance()
    with contextlib.suppress(DockerException, requests.RequestException):
        engine.client.containers.get(f"testcontainers-ryuk-{SESSION_ID}").remove(force=True, v=True)
