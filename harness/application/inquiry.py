"""Inquiry: starts an application by itself and asks it what it hosts, before any cluster is brought up.

SDKs wait for a sidecar before they listen, so something stands there that looks like one that is healthy and does
nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import psutil
from aiohttp import web

from actorproof.harness.application.application import PORT, Application
from actorproof.harness.application.environment import environment, on_this_machine
from actorproof.harness.application.last_words import last_words
from actorproof.harness.application.settings import Config, Settings, read_settings, registered
from actorproof.harness.cluster import ask
from actorproof.harness.cluster.addresses import LOOPBACK
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.supervision import Child
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.drivers.process.supervisor import Supervisor
from actorproof.harness.errors import ApplicationError, ClusterError, EngineError, UsageError
from actorproof.harness.scratch import scratch_folder

STREAM = "/dapr.proto.runtime.v1.Dapr/SubscribeActorEventsAlpha1"
ACCEPTED = b"\x0a\x00"  # a SubscribeActorEventsResponseAlpha1 with nothing but an empty initial_response
POLL_S = 0.05
GRACE_S = 2.0
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class _Sidecar:
    """Where what stands in for a sidecar listens, and the first message of a stream of events opened there."""

    http: Address
    grpc: Address
    registered: asyncio.Future[bytes]


async def inquire(application: Application) -> tuple[Application, Settings]:
    """Start the application, ask it, end it. The types of the first are those that it hosts, unless it names some.

    ApplicationError, in one line with the last lines of its output, when it can't be started, exits, never listens,
    hosts no actors or not those that are named.
    """
    if application.image:
        application = await _contained().looked_at(application)
    with scratch_folder() as folder, Slot.acquire() as slot:
        log = folder / "output"
        port = slot.port()
        address = Address(ip=LOOPBACK, port=port)
        async with _standing_in() as sidecar, _running(application, port, sidecar, log) as process:
            await _listening(application, process, address, log)
            health: int | None
            if application.protocol == "stream":
                settings, health = await _registered(application, process, sidecar, log), 0
            else:
                settings = await _settings(address, log)
                answer = await ask.get(address, "/healthz", timeout_s=5.0)
                health = None if answer is None else answer[0]
        missing = [each for each in application.types if each not in settings.types]
        if missing:
            raise ApplicationError(
                f"the application has no actor type {missing[0]}: it hosts {', '.join(settings.types)}"
            )
    asked = replace(
        application,
        types=application.types or settings.types,
        health=health,
        unread=settings.unread,
    )
    return asked, settings


async def _registered(application: Application, process: Child, sidecar: _Sidecar, log: Path) -> Settings:
    """What an application says as it opens its stream of events."""
    either: set[asyncio.Future[Any]] = {sidecar.registered, process.exited}
    await asyncio.wait(
        either,
        timeout=application.ready_timeout_s,
        return_when=asyncio.FIRST_COMPLETED,
    )
    if not sidecar.registered.done():
        raise ApplicationError(
            f"the application opens no stream of events ({STREAM.rpartition('/')[2]}) at DAPR_GRPC_PORT within"
            f" {application.ready_timeout_s:g} s, as protocol stream has it; {last_words(log)}"
        )
    try:
        config = registered(sidecar.registered.result())
    except ValueError as error:
        raise ApplicationError(f"the application's stream of events can't be read: {error}") from error
    if not config.entities:
        raise ApplicationError("the application hosts no actor types: its stream of events registers none")
    return read_settings(config)


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
        config = msgspec.json.decode(body, type=Config)
    except msgspec.MsgspecError as error:
        raise ApplicationError(f"the application's answer to GET /dapr/config can't be read: {error}") from error
    if not config.entities:
        raise ApplicationError(
            "the application hosts no actor types: entities in its answer to GET /dapr/config is empty; register one"
            " before it starts to listen"
        )
    return read_settings(config)


# ---- running it


def there_is(program: str, *, cwd: str) -> bool:
    """Whether a program can be run from that folder."""
    return shutil.which(program if "/" not in program else str(Path(cwd) / program)) is not None


@contextlib.asynccontextmanager
async def _running(application: Application, port: int, sidecar: _Sidecar, log: Path) -> AsyncIterator[Child]:
    """The application while it runs; a guardian ends it with everything that it started, however this process ends."""
    told = environment(application, port=port, http=sidecar.http, grpc=sidecar.grpc)
    if application.image:
        async with _contained().running(application, port, environment=told, log=log) as process:
            yield process
        return
    program = application.command[0]
    if not there_is(program, cwd=application.cwd):
        raise UsageError(f"the application's command can't be run: there is no program {program}")
    supervisor = await Supervisor.begin(scratch=log.parent)
    children: list[Child] = []
    try:
        await supervisor.spawn(
            unit="application",
            kind="application",
            incarnation=1,
            argv=application.argv(port),
            env=on_this_machine(told, scratch=log.parent),
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


def _contained() -> Any:
    """What knows containers, for which the engine's library has to be there."""
    if importlib.util.find_spec("docker") is None:
        raise EngineError("the library docker is not installed, which images need: pip install testcontainers")
    from actorproof.harness.drivers.docker import contained  # noqa: PLC0415 - takes time, which only images need

    return contained


async def _listening(application: Application, process: Child, address: Address, log: Path) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + application.ready_timeout_s
    while not await ask.accepts(address):
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

    registered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def subscribed(messages: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        del context
        async for message in messages:
            if not registered.done():
                registered.set_result(message)
                yield ACCEPTED

    service, _, name = STREAM.strip("/").partition("/")
    handler = grpc.stream_stream_rpc_method_handler(subscribed)
    rpc = grpc.aio.server()
    rpc.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
    rpc_port = rpc.add_insecure_port(f"{LOOPBACK}:0")
    await rpc.start()
    try:
        _, port = runner.addresses[0][:2]
        yield _Sidecar(Address(ip=LOOPBACK, port=port), Address(ip=LOOPBACK, port=rpc_port), registered)
    finally:
        await rpc.stop(grace=None)
        await runner.cleanup()
