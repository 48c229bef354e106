"""Inquiry: asks the programs in images that the user named who they are, each in a container that is gone at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import requests
from docker.errors import APIError, DockerException  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.candidate import Wanted
from actorproof.harness.provision.identity import COMMON, Interview
from actorproof.harness.provision.images import Image, Images
from actorproof.harness.runtimes.port import Deployable

# What programs call themselves, where the image has another name. Python and the sandbox run no unit of a cluster.
NAMES = {"redis": "redis-server"}
UNASKED = frozenset({"python", "sandbox"})


def asked(engine: Engine, images: Images, *, runtime: Deployable, labels: Mapping[str, str]) -> Images:
    """The images, with what the programs in those that the user named say of themselves.

    ProvisionError, one line, when one says that it is another, or nothing in time; EngineError when the engine refuses.
    `labels` go to every container.
    """
    exact = {kind.name for kind in runtime.kinds(images.version)}
    found = dict(images.found)
    for name, image in found.items():
        if not image.named or name in UNASKED:
            continue
        interview = Interview((*COMMON, *runtime.questions), answer=partial(_answer, engine, image, labels), facts=None)
        wanted = Wanted(
            name=NAMES.get(name, name),
            says=image.kind.version if name in exact else "",
            other="choose that version, or name another image",
            interview=interview,
        )
        try:
            program = wanted.proved(image.program)
        except ProvisionError as error:
            raise ProvisionError(f"image {image.reference}: {error}") from error
        found[name] = replace(image, version=program.version, said=program.said)
    return replace(images, found=found)


def _answer(
    engine: Engine, image: Image, labels: Mapping[str, str], path: Path, words: tuple[str, ...], *, deadline_s: float
) -> str:
    """What the program prints. TimeoutError when it does not end in time."""
    container = None
    try:
        container = engine.client.containers.create(
            image.id, command=list(words), entrypoint=[str(path)], network_disabled=True, labels=dict(labels)
        )
        try:
            container.start()
        except APIError:
            return ""  # the image has no such program, or one that can't run
        while time.monotonic() < deadline_s:
            container.reload()
            if container.status == "exited":
                return str(container.logs().decode(errors="replace"))
            time.sleep(0.05)
    except (DockerException, requests.RequestException) as error:
        raise explain(error, f"ask the image {image.reference}") from error
    finally:
        if container is not None:
            container.remove(force=True)
    raise TimeoutError
