"""The bare host: speaks Dapr's application protocol over HTTP without the SDK.

``python -m actorproof.harness.subjects.bare --host host-1 --process host-1/app#1 ...`` (see options.py)

It answers turns as they come, at the same time if they come at the same time. A caller that goes away does not end its
turn: aiohttp cancels no handler then (handler_cancellation is off), so the turn goes on to its end, as in any ordinary
application. SIGTERM closes the listener and gives open turns `GRACE_S` to end; what is open then is cancelled and
stays open in the journal.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import msgspec
from aiohttp import web

from actorproof.harness.clock import SystemClock
from actorproof.harness.history.events import Cause
from actorproof.harness.history.journal import Journal
from actorproof.harness.request import OPERATION_HEADER
from actorproof.harness.subjects.breakage import breakage
from actorproof.harness.subjects.engine import Answer, Engine
from actorproof.harness.subjects.options import HostOptions, go_duration, run, special
from actorproof.harness.subjects.own import subjects_with
from actorproof.harness.subjects.sidecar import REENTRANCY_HEADER, Sidecar, SidecarState, SidecarTimers
from actorproof.harness.subjects.strict import StrictJournal
from actorproof.harness.subjects.witness import Witness

GRACE_S = 0.5
KEEPALIVE_S = 3600.0  # the sidecar's side closes idle connections; if ours did, a call on its way would be cut
CANCEL_HEADER = "X-DaprReminderCancel"
CAUSES: dict[str, Cause] = {"remind": "reminder", "timer": "timer"}


class BareHost:
    """Turns HTTP requests into turns of the engine."""

    def __init__(self, engine: Engine, declared: bytes) -> None:
        self._engine = engine
        self._config = declared

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request of the sidecar."""
        answer = await self._answer(request)
        headers = {CANCEL_HEADER: "true"} if answer.cancels else None
        return web.Response(status=answer.status, body=answer.body, content_type="application/json", headers=headers)

    async def _answer(self, request: web.BaseRequest) -> Answer:
        parts = request.raw_path.partition("?")[0].split("/")[1:]
        match request.method, parts:
            case "PUT", ["actors", type_, id_, "method", *rest]:
                return await self._turn(request, type_, id_, rest)
            case "DELETE", ["actors", type_, id_]:
                actor = unquote(type_), unquote(id_)
                self._engine.deactivate(*actor)
                return await self._engine.answer_delete(*actor)
            case "GET", ["dapr", "config"]:
                return Answer(200, self._config)
            case "GET", ["healthz"]:
                return Answer(200, b"{}")
            case _:
                return Answer(404, b"{}")

    async def _turn(self, request: web.BaseRequest, type_: str, id_: str, rest: list[str]) -> Answer:
        match rest:
            case [method]:
                cause: Cause = "call"
                name = method
            case [("remind" | "timer") as word, *names] if names:
                cause = CAUSES[word]
                name = "/".join(names)
            case _:
                return Answer(404, b"{}")
        body = await request.content.read()  # of any size; `request.read` refuses more than a megabyte

        def cut() -> None:
            if request.transport is not None:
                request.transport.abort()

        return await self._engine.turn(
            type_=unquote(type_),
            id_=unquote(id_),
            cause=cause,
            name=unquote(name),
            body=body,
            chain=request.headers.get(REENTRANCY_HEADER),
            cut=cut,
            op=request.headers.get(OPERATION_HEADER),
        )


def config(options: HostOptions, types: Iterable[str]) -> bytes:
    """The answer to ``GET /dapr/config`` of a host that has these actor types."""

    def settings(entities: Sequence[str], *, idle_s: float, reentrant: bool) -> dict[str, object]:
        return {
            "entities": entities,
            "actorScanInterval": "1s",  # read by old versions only
            "actorIdleTimeout": go_duration(idle_s),
            "drainOngoingCallTimeout": go_duration(options.drain_timeout_s),
            "drainRebalancedActors": options.drain_enabled,
            "reentrancy": {"enabled": reentrant, "maxStackDepth": options.max_stack_depth},
        }

    everybody = settings(list(types), idle_s=options.idle_timeout_s, reentrant=options.reentrancy)
    own = [settings([name], idle_s=idle_s, reentrant=on) for name, (idle_s, on) in special(options).items()]
    if own:
        everybody["entitiesConfig"] = own
    if options.reminder_partitions:
        everybody["remindersStoragePartitions"] = options.reminder_partitions
    return msgspec.json.encode(everybody)


async def serve(options: HostOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    types = subjects_with(options.subject_module)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Journal.open(options.journal, process=options.process, clock=SystemClock()) as journal:
        witness = Witness(StrictJournal(journal), process=options.process)
        sidecar = Sidecar(options.sidecar, timeout_s=options.state_timeout_s)
        engine = Engine(
            witness=witness,
            state_of=lambda actor, mark: SidecarState(sidecar, witness, actor, mark),
            timers_of=lambda actor: SidecarTimers(sidecar, actor),
            peers=sidecar,
            breakage=breakage(options.breakage, witness),
            behaviours=options.behaviours,
            types=types,
        )
        host = BareHost(engine, config(options, types))
        server = web.Server(host.handle, access_log=None, keepalive_timeout=KEEPALIVE_S)
        listener = await loop.create_server(
            server, options.listen.ip, options.listen.port, backlog=1024, reuse_address=True
        )
        await stop.wait()
        listener.close()
        server.pre_shutdown()  # closes idle connections at once
        await server.shutdown(GRACE_S)
        await sidecar.close()


def main() -> None:
    """Serve with the command line's options; exit code as the error says."""
    try:
        run(serve)
    except OSError as error:
        sys.stderr.write(f"host can't listen: {error}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
