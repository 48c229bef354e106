"""Whether a witness changes anything of what SDKs say: ``python -m benchmarks.witness_sdks [--requests N] LANGUAGE...``

Runs the example application of a language (built before, as its README says) behind a witness, without a cluster: what
stands in for the sidecar answers every request for state, reminders and timers. A recorder stands on either side of the
witness, both ways. After N calls of the example's methods the connections of the two sides are compared: what went over
each, in either direction, to the byte and in its order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import grpc  # type: ignore[import-untyped]
from aiohttp import web

from actorproof.harness.application import file
from actorproof.harness.application.application import Application
from actorproof.harness.application.environment import environment
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.process.slot import free_port
from tests.application.rig import witness_program

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
CALLERS = 8
ACTORS = 50
READY_S = 180.0
CHUNK = 65536


@dataclass
class Side:
    """What went over one connection: a digest and a length of each direction."""

    up: hashlib._Hash = field(default_factory=hashlib.sha256)
    down: hashlib._Hash = field(default_factory=hashlib.sha256)
    sent: int = 0
    got: int = 0

    @property
    def seen(self) -> tuple[str, int, str, int]:
        return self.up.hexdigest(), self.sent, self.down.hexdigest(), self.got


class Recorder:
    """Joins each connection to one of its own, and keeps what goes over."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = free_port()
        self.sides: list[Side] = []
        self._joined: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._begin, HOST, self.port)

    async def close(self) -> None:
        self._server.close()
        for task in self._joined:
            task.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._joined.add(asyncio.create_task(self._join(reader, writer)))

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, onward = await asyncio.open_connection(HOST, self.to)
        except OSError:
            writer.transport.abort()
            return
        side = Side()
        self.sides.append(side)

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool) -> None:
            with contextlib.suppress(OSError):
                while piece := await source.read(CHUNK):
                    (side.up if up else side.down).update(piece)
                    side.sent += len(piece) if up else 0
                    side.got += 0 if up else len(piece)
                    target.write(piece)
                    await target.drain()
                target.write_eof()

        await asyncio.gather(pump(reader, onward, up=True), pump(there, writer, up=False))
        for each in (writer, onward):
            each.close()

    @property
    def seen(self) -> Counter[tuple[str, int, str, int]]:
        """The connections over which something went."""
        return Counter(side.seen for side in self.sides if side.sent or side.got)

    @property
    def bytes(self) -> int:
        return sum(side.sent + side.got for side in self.sides)


@contextlib.asynccontextmanager
async def sidecar() -> AsyncIterator[tuple[int, int, Counter[str]]]:
    """What answers as a sidecar without any state: its two ports, and what was asked of it."""
    asked: Counter[str] = Counter()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        if request.path == "/v1.0/metadata":
            return web.json_response({"id": "actorproof", "runtimeVersion": "1.18.2", "extended": {}})
        asked[request.method] += "/actors/" in request.path
        return web.Response(status=204)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()

    class Every(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            name = details.method.rpartition("/")[2]

            async def empty(_: bytes, __: object) -> bytes:
                asked[name] += 1
                return b""

            return grpc.unary_unary_rpc_method_handler(empty)

    rpc = grpc.aio.server()
    rpc.add_generic_rpc_handlers((Every(),))
    rpc_port = rpc.add_insecure_port(f"{HOST}:0")
    await rpc.start()
    try:
        yield int(runner.addresses[0][1]), rpc_port, asked
    finally:
        await rpc.stop(grace=None)
        await runner.cleanup()


async def listening(number: int) -> None:
    async with asyncio.timeout(READY_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, number)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def call(application: Application, number: int, requests: int) -> Counter[int]:
    """Call the methods, by several callers who keep their connections; how often each status was answered."""
    left = iter(range(requests))
    statuses: Counter[int] = Counter()

    async def caller(name: int) -> None:
        rng = random.Random(name)
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            for count in left:
                method = rng.choices(application.methods, [each.weight for each in application.methods])[0]
                url = (
                    f"http://{HOST}:{number}/actors/{method.type}/a{rng.randrange(ACTORS)}-{name}/method/{method.name}"
                )
                headers = {"Content-Type": "application/json", "Actorproof-Body-Of": f"c{name}.{count}"}
                async with session.put(url, data=rng.choice(method.arguments).encode(), headers=headers) as answered:
                    await answered.read()
                    statuses[answered.status] += 1

    await asyncio.gather(*map(caller, range(CALLERS)))
    return statuses


async def compare(language: str, requests: int, folder: Path) -> bool:
    """Print what came of one language; whether nothing was changed."""
    application, _ = file.read(ROOT / "examples" / language / file.NAME, seed=1)
    async with sidecar() as (http_port, grpc_port, asked):
        app, inbound = free_port(), free_port()
        behind, http_behind, grpc_behind = Recorder(app), Recorder(http_port), Recorder(grpc_port)
        http_out, grpc_out = free_port(), free_port()
        before, http_before, grpc_before = Recorder(inbound), Recorder(http_out), Recorder(grpc_out)
        pairs = {"calls": (before, behind), "HTTP": (http_before, http_behind), "gRPC": (grpc_before, grpc_behind)}
        for recorder in (each for pair in pairs.values() for each in pair):
            await recorder.open()
        (folder / "run").write_text("a benchmark")
        told = environment(
            application,
            port=app,
            http=Address(ip=HOST, port=http_before.port),
            grpc=Address(ip=HOST, port=grpc_before.port),
        )
        process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond
            [
                *(witness_program(), "--process", "host-1/app#1", "--journal", folder / "host-1_app_1.jsonl"),
                *("--listen", f"{HOST}:{inbound}", "--app", f"{HOST}:{behind.port}"),
                *("--out", f"{HOST}:{http_out}={HOST}:{http_behind.port}"),
                *("--out", f"{HOST}:{grpc_out}={HOST}:{grpc_behind.port}"),
                *("--", *application.argv(app)),
            ],
            cwd=application.cwd,
            env={**os.environ, **told},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await listening(app)
            await listening(inbound)
            statuses = await call(application, before.port, requests)
            # A connection that stays open may have said something to one recorder only, so far.
            for _ in range(100):
                if all(one.seen == other.seen for one, other in pairs.values()):
                    break
                await asyncio.sleep(0.05)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for recorder in (each for pair in pairs.values() for each in pair):
                await recorder.close()
        print(f"{language}: {sum(statuses.values())} calls ({dict(statuses)}), asked of the sidecar {dict(asked)}")
        same = True
        for name, (one, other) in pairs.items():
            changed = sum(((one.seen - other.seen) + (other.seen - one.seen)).values())
            same = same and not changed
            print(f"  {name}: {len(one.seen)} connections, {one.bytes} bytes, {changed} connections changed")
        return same


def main() -> None:
    words = argparse.ArgumentParser(description="Whether a witness changes what SDKs say.")
    words.add_argument("languages", nargs="+")
    words.add_argument("--requests", type=int, default=10_000)
    options = words.parse_args()
    same = True
    for language in options.languages:
        with tempfile.TemporaryDirectory() as folder:
            same = asyncio.run(compare(language, options.requests, Path(folder))) and same
    raise SystemExit(0 if same else 1)


if __name__ == "__main__":
    main()
