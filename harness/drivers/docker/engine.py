"""Engine: the Docker engine of this machine, and what it means when it refuses."""

from __future__ import annotations

import errno
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # the library has no types
import requests
from docker.errors import APIError, DockerException, ImageNotFound  # type: ignore[import-untyped]  # as above

from actorproof.harness.errors import EngineError

# The oldest that this was tried with: Debian 12's engine, 20.10.
OLDEST_API = (1, 41)
_SCHEME = "unix://"
_DEFAULT = "unix:///var/run/docker.sock"
_INSTEAD = "or choose --driver process"
TIMEOUT_S = 60
KNOCK_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that answers. `client` is docker-py's; `path` is where the engine listens."""

    client: Any
    path: Path
    version: str
    api: str

    @classmethod
    def connect(cls) -> Engine:
        """The engine that DOCKER_HOST names, or the machine's own. EngineError when there is none that can be used."""
        # testcontainers makes its own clients from the same variable.
        host = os.environ.get("DOCKER_HOST") or _DEFAULT
        if not host.startswith(_SCHEME):
            raise EngineError(
                f"the Docker engine at {host} is not this machine's own: containers share the run's folder and their"
                f" addresses are dialled from here; unset DOCKER_HOST, {_INSTEAD}"
            )
        _knock(host)
        client = None
        try:
            client = docker.DockerClient(base_url=host, version="auto", timeout=TIMEOUT_S)
            facts = client.version()
        except (DockerException, requests.RequestException) as error:
            if client is not None:
                client.close()
            raise explain(error, f"reach the Docker engine at {host}") from error
        api = str(facts.get("ApiVersion", "0"))
        if _numbers(api) < OLDEST_API:
            client.close()
            oldest = ".".join(map(str, OLDEST_API))
            raise EngineError(
                f"the Docker engine at {host} speaks API {api}, too old: {oldest} is needed (Docker 20.10); update it,"
                f" {_INSTEAD}"
            )
        return cls(client=client, path=Path(host.removeprefix(_SCHEME)), version=str(facts.get("Version")), api=api)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _knock(host: str) -> None:
    """EngineError unless somebody listens there and lets us in. docker-py says neither which nor why."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(KNOCK_S)
        try:
            probe.connect(host.removeprefix(_SCHEME))
        except OSError as error:
            raise explain(error, f"reach the Docker engine at {host}") from error


def explain(error: Exception, doing: str) -> EngineError:
    """One line for people: what the engine's refusal means and what to do about it. `doing` completes "can't"."""
    text = _text(error)
    low = text.lower()
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, ImageNotFound) or "no such image" in low:
        return EngineError(f"can't {doing}: {text}; run `actorproof setup --images`, {_INSTEAD}")
    if number in {errno.EACCES, errno.EPERM}:
        return EngineError(
            f"can't {doing}: this user may not use it; add the user to the group docker, or run as root, {_INSTEAD}"
        )
    if "is too old" in low or "is too new" in low or "no longer supported" in low:
        return EngineError(f"can't {doing}: its API and this client's don't match ({text}); update it, {_INSTEAD}")
    if isinstance(error, OSError) and not isinstance(error, APIError):
        return EngineError(f"can't {doing}: no engine answers there; start dockerd, {_INSTEAD}")
    if "no space left on device" in low:
        return EngineError(
            f"can't {doing}: the engine's disk is full; free some (`docker system df` shows by what), {_INSTEAD}"
        )
    if "address pool" in low or "pool overlaps" in low:
        return EngineError(
            f"can't {doing}: every subnet for it is in use; remove networks that nobody needs (`docker network prune`),"
            f" {_INSTEAD}"
        )
    return EngineError(f"can't {doing}: {text}; see the engine's log, {_INSTEAD}")


def sandbox_ended(place: str) -> EngineError:
    """One line for people: the container that holds a place's network has ended, so no unit of the place can run."""
    return EngineError(
        f"the sandbox that holds the network of {place} has ended; name an image for it that has sleep and iptables"
        f" (--image sandbox=REFERENCE), {_INSTEAD}"
    )


def _text(error: Exception) -> str:
    found = error.explanation if isinstance(error, APIError) and error.explanation else error
    return re.sub(r"\s+", " ", str(found)).strip()[:300]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
