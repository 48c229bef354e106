"""Contained: an application of a user's own that comes as an image: what it runs, and one to be asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.application.application import Application
from actorproof.harness.cluster.supervision import Child
from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.drivers.docker.ground import labels_of
from actorproof.harness.errors import UsageError

LOOK_S = 0.2
_FAILURES = (DockerException, requests.RequestException)


async def looked_at(application: Application) -> Application:
    """The application with what its image says of itself: what it runs, unless a command was given, and where.

    UsageError when there is no such image, or it says of nothing what to run; EngineError when no engine answers.
    """
    return await asyncio.to_thread(_looked_at, application)


def _looked_at(application: Application) -> Application:
    engine = Engine.connect()
    try:
        config = _image(engine, application.image).attrs.get("Config") or {}
    finally:
        engine.close()
    own = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
    command = application.command or own
    if not command:
        raise UsageError(f"image {application.image} does not say what it runs: give a command beside it")
    return replace(application, command=command, workdir=config.get("WorkingDir") or "/")


def _image(engine: Engine, reference: str) -> Any:
    try:
        try:
            return engine.client.images.get(reference)
        except ImageNotFound:
            return engine.client.images.pull(reference)
    except _FAILURES as error:
        raise UsageError(
            f"image {reference} is not on this machine and can't be pulled: build it, or name another"
        ) from error


@contextlib.asynccontextmanager
async def running(
    application: Application, port: int, *, environment: Mapping[str, str], log: Path
) -> AsyncIterator[Child]:
    """One container of it, on this machine's own network, gone afterwards. Its output goes to `log` as it comes."""
    engine = await asyncio.to_thread(Engine.connect)
    container = None
    try:
        try:
            container = await asyncio.to_thread(_started, engine, application, application.argv(port), environment)
        except _FAILURES as error:
            raise explain(error, f"run the image {application.image}") from error
        child = Child(container.attrs["State"]["Pid"], asyncio.get_running_loop().create_future())
        watching = asyncio.create_task(_watch(container, child, log))
        try:
            yield child
        finally:
            watching.cancel()
            await asyncio.wait({watching})
    finally:
        if container is not None:
            with contextlib.suppress(*_FAILURES):
                await asyncio.to_thread(container.remove, force=True)
        engine.close()


def _started(engine: Engine, application: Application, argv: Sequence[str], environment: Mapping[str, str]) -> Any:
    container = engine.client.containers.create(
        application.image,
        entrypoint=[argv[0]],
        command=list(argv[1:]),
        environment={"HOME": "/tmp", **environment},  # noqa: S108 inside the container
        working_dir=application.workdir,
        user=f"{os.getuid()}:{os.getgid()}",
        network_mode="host",
        labels=labels_of("inquiry"),
        init=True,
    )
    try:
        container.start()
        container.reload()
    except BaseException:
        container.remove(force=True)
        raise
    return container


async def _watch(container: Any, child: Child, log: Path) -> None:
    """Keep what it says, and tell when it ends."""
    while True:
        # An engine that is too busy to say is asked again: who waits for the application has a deadline.
        with contextlib.suppress(*_FAILURES):
            await asyncio.to_thread(container.reload)
            ended = container.status in {"exited", "dead"}
            await asyncio.to_thread(log.write_bytes, await asyncio.to_thread(container.logs))
            if ended:
                child.exited.set_result(container.attrs["State"]["ExitCode"])
                return
        await asyncio.sleep(LOOK_S)
