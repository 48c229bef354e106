"""Inquiry: starts an application by itself and asks it what it hosts, before any cluster is brought up.

SDKs wait for a sidecar before they listen, so something stands there that looks like one that is healthy and does
nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import psutil
from aiohttp import web

from actorproof.harness.application.application import PORT, Application
from actorproof.harness.application.environment import environment
from actorproof.harness.application.last_words import last_words
from actorproof.harness.cluster import ask
from actorproof.harness.cluster.addresses import LOOPBACK
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.supervision import Child
from actorproof.harness.drivers.process.supervisor import Supervisor
from actorproof.harness.errors import ApplicationError, ClusterError, UsageError
from actorproof.harness.scratch import scratch_folder

POLL_S = 0.05
GRACE_S = 2.0
_NOT_FOUND = 404
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
# What Dapr takes where an application says nothing.
IDLE_S = 3600.0
DRAIN_S = 2.0
DEPTH = 32


class _Reentrancy(msgspec.Struct, frozen=True):
    enabled: bool = False
    maxStackDepth: int | None = None  # noqa: N815 - as Dapr spells it


class _Entity(msgspec.Struct, frozen=True):
    """Settings of single types."""

    entities: tuple[str, ...] = ()
    actorIdleTimeout: str = ""  # noqa: N815
    drainOngoingCallTimeout: str = ""  # noqa: N815
    drainRebalancedActors: bool | None = None  # noqa: N815
    reentrancy: _Reentrancy | None = None


class _Config(msgspec.Struct, frozen=True):
    """The answer to ``GET /dapr/config``."""

    entities: tuple[str, ...] = ()
    actorIdleTimeout: str = ""  # noqa: N815
    drainOngoingCallTimeout: str = ""  # noqa: N815
    drainRebalancedActors: bool | None = None  # noqa: N815
    reentrancy: _Reentrancy | None = None
    entitiesConfig: tuple[_Entity, ...] | None = None  # noqa: N815


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an application declares of its actors. Durations in seconds."""

    types: tuple[str, ...]
    idle_timeout_s: float = IDLE_S
    drain_timeout_s: float = DRAIN_S
    drain_enabled: bool = True
    reentrancy: bool = False
    max_stack_depth: int = DEPTH
    reentrancy_exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sidecar:
    """Where what stands in for a sidecar listens."""

    http: Address
    grpc: Address


async def inquire(application: Application) -> tuple[Application, Settings]:
    """Start the application, ask it, end it. The types of the first are those that it hosts, unless it names some.

    ApplicationError, in one line with the last lines of its output, when it can't be started, exits, never listens,
    hosts no actors or not those that are named.
    """
    with scratch_folder() as folder:
        log = folder / "output"
        port = _free_port()
        address = Address(ip=LOOPBACK, port=port)
        async with _standing_in() as sidecar, _running(application, port, sidecar, log) as process:
            await _listening(application, process, address, log)
            settings = await _settings(address, log)
            health = await ask.get(address, "/healthz", timeout_s=5.0)
        missing = [each for each in application.types if each not in settings.types]
        if missing:
            raise ApplicationError(
                f"the application has no actor type {missing[0]}: it hosts {', '.join(settings.types)}"
            )
    asked = replace(
        application,
        types=application.types or settings.types,
        health=None if health is None else health[0],
    )
    return asked, settings


async def _settings(address: Address, log: Path) -> Settings:
    answer = await ask.get(address, "/dapr/config", timeout_s=10.0)
    if answer is None:
        raise ApplicationError(
            f"the application listens and does not answer GET /dapr/config as HTTP does; {last_words(log)}"
        )
    status, body = answer
    if status != ask.OK:
        what = "has no actors: it answers" if status == _NOT_FOUND else "answers"
        raise ApplicationError(
            f"the application {what} GET /dapr/config with {status}, where Dapr asks for its actor types: register them"
            f" with the SDK of your language; {last_words(log)}"
        )
    try:
        config = msgspec.json.decode(body, type=_Config)
    except msgspec.MsgspecError as error:
        raise ApplicationError(f"the application's answer to GET /dapr/config can't be read: {error}") from error
    if not config.entities:
        raise ApplicationError(
            "the application hosts no actor types: entities in its answer to GET /dapr/config is empty; register one"
            " before it starts to listen"
        )
    return read_settings(config)


def read_settings(config: _Config) -> Settings:
    """What is in force. Of idle time-outs and drain, those of the first type with settings of its own count for all.

    Such a type takes over neither the idle time-out nor the reentrancy that are declared for all types: what its own
    settings leave out is as Dapr has it by default (1.18.2, pkg/actors/actors.go).
    """
    entries = [each for each in config.entitiesConfig or () if set(each.entities) & set(config.entities)]
    own = entries[0] if entries else _Entity()
    general = config.reentrancy or _Reentrancy()
    opposite = [
        name
        for each in entries
        if (each.reentrancy or _Reentrancy()).enabled != general.enabled
        for name in each.entities
    ]
    enabled = own.drainRebalancedActors if own.drainRebalancedActors is not None else config.drainRebalancedActors
    return Settings(
        types=config.entities,
        idle_timeout_s=_seconds(own.actorIdleTimeout if entries else config.actorIdleTimeout) or IDLE_S,
        drain_timeout_s=_seconds(own.drainOngoingCallTimeout) or _seconds(config.drainOngoingCallTimeout) or DRAIN_S,
        drain_enabled=True if enabled is None else enabled,
        reentrancy=general.enabled,
        max_stack_depth=general.maxStackDepth or DEPTH,
        reentrancy_exceptions=tuple(dict.fromkeys(opposite)),
    )


def _seconds(text: str) -> float:
    """A duration of Go; 0 where it is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


# ---- running it


@contextlib.asynccontextmanager
async def _running(application: Application, port: int, sidecar: _Sidecar, log: Path) -> AsyncIterator[Child]:
    """The application while it runs; a guardian ends it with everything that it started, however this process ends."""
    program = application.command[0]
    if shutil.which(program if "/" not in program else str(Path(application.cwd) / program)) is None:
        raise UsageError(f"the application's command can't be run: there is no program {program}")
    supervisor = await Supervisor.begin(scratch=log.parent)
    children: list[Child] = []
    try:
        await supervisor.spawn(
            unit="application",
            kind="application",
            incarnation=1,
            argv=application.argv(port),
            env={**os.environ, **environment(application, port=port, http=sidecar.http, grpc=sidecar.grpc)},
            cwd=Path(application.cwd),
            log=log,
            started=children.append,
        )
        yield children[0]
        await supervisor.send_signal(children[0], "SIGTERM")
        await asyncio.wait({children[0].exited}, timeout=GRACE_S)
    except ClusterError as error:
        raise UsageError(f"the application's command can't be run: {error}") from error
    finally:
        await supervisor.close()


async def _listening(application: Application, process: Child, address: Address, log: Path) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + application.ready_timeout_s
    while not await _accepts(address):
        if process.exited.done():
            code = process.exited.result()
            how = f"with code {code}" if code >= 0 else f"by signal {-code}"
            raise ApplicationError(f"the application exited {how} before it listened; {last_words(log)}")
        if loop.time() > deadline:
            said = PORT in " ".join((*application.command, *dict(application.env).values()))
            hint = "" if said else f": have it listen on {PORT} (in its command or env), or on the port in APP_PORT"
            others = _ports(process.pid)
            instead = f", and listens on {', '.join(map(str, others))}" if others else ""
            raise ApplicationError(
                f"the application does not listen on {address} within {application.ready_timeout_s:g} s{instead}{hint};"
                f" {last_words(log)}"
            )
        await asyncio.sleep(POLL_S)


def _ports(pid: int) -> list[int]:
    """The ports that a process or one of its children listens on, as far as the system tells."""
    try:
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True))
        found = [each for one in family for each in one.net_connections(kind="tcp")]
    except psutil.Error:
        return []
    return sorted({each.laddr.port for each in found if each.status == psutil.CONN_LISTEN})


async def _accepts(address: Address) -> bool:
    try:
        _, writer = await asyncio.open_connection(address.ip, address.port)
    except OSError:
        return False
    writer.transport.abort()
    return True


@contextlib.asynccontextmanager
async def _standing_in() -> AsyncIterator[_Sidecar]:
    """Servers that answer as a healthy sidecar would, and to everything else that they can't.

    The client of Dapr's Go SDK waits until the gRPC connection stands; what it then calls is answered UNIMPLEMENTED.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/v1.0/healthz" | "/v1.0/healthz/outbound":
                return web.Response(status=204)
            case "/v1.0/metadata":
                return web.json_response({"id": "actorproof", "runtimeVersion": "", "extended": {}})
        return web.json_response({"errorCode": "ERR_STANDING_IN"}, status=503)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, 0)
    await site.start()
    import grpc  # type: ignore[import-untyped]  # noqa: PLC0415 - takes time, which only this needs

    rpc = grpc.aio.server()
    rpc_port = rpc.add_insecure_port(f"{LOOPBACK}:0")
    await rpc.start()
    try:
        _, port = runner.addresses[0][:2]
        yield _Sidecar(http=Address(ip=LOOPBACK, port=port), grpc=Address(ip=LOOPBACK, port=rpc_port))
    finally:
        await rpc.stop(grace=None)
        await runner.cleanup()


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
