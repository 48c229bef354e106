"""Whether a witness changes what SDKs say: ``python -m benchmarks.witness_sdks [--sdk NAME] [--requests N]``

Runs the example application of each SDK, or of those that are named (built before, as its README says), behind a
witness, without a cluster: what stands in for the sidecar answers every request for state, reminders and timers. A
recorder stands on either side of the witness, both ways. After N calls of the example's methods the connections of the
two sides are compared: what went over each, in either direction, to the byte and in its order. How far it is, stderr
says.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from actorproof.harness.application import file
from actorproof.harness.application.application import Application
from actorproof.harness.application.environment import environment
from actorproof.harness.application.last_words import last_words
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ApplicationError
from benchmarks._sidecar import sidecar
from benchmarks._witnessed import HOST, Ports, Witnessed, witnessed

ROOT = Path(__file__).resolve().parents[1]
SDKS = ("python-fastapi", "python-stream", "javascript", "go", "java")
CALLERS = 8
ACTORS = 50
READY_S = 180.0
SAID_EVERY_S = 2.0
CHUNK = 65536
Call = Callable[[tuple[str, str], str, bytes, Mapping[str, str]], Awaitable[int]]
"""Calls a method of an actor with a body and headers; the status of its answer."""
Caller = Callable[[], AbstractAsyncContextManager[Call]]


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
        self.port = 0
        self.sides: list[Side] = []
        self._joined: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._begin, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

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
        """The connections over which something was asked. The witness tries one, and says nothing over it."""
        return Counter(side.seen for side in self.sides if side.sent)


async def listening(number: int, app: Witnessed) -> None:
    """Wait until something accepts connections there; ApplicationError when the application ends before."""
    async with asyncio.timeout(READY_S):
        while not app.witness.exited.done():
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, number)
                writer.close()
                return
            await asyncio.sleep(0.05)
    raise ApplicationError(f"the application has ended; {last_words(app.said)}")


@contextlib.asynccontextmanager
async def telling(line: Callable[[], str]) -> AsyncIterator[None]:
    """Say every few seconds how far something is, and at its beginning and end."""

    async def again() -> None:
        while True:
            print(line(), file=sys.stderr, flush=True)
            await asyncio.sleep(SAID_EVERY_S)

    saying = asyncio.create_task(again())
    try:
        yield
    finally:
        saying.cancel()
        print(line(), file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def over_http(number: int) -> AsyncIterator[Call]:
    """How one caller calls, who keeps its connection."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:

        async def call(actor: tuple[str, str], method: str, data: bytes, headers: Mapping[str, str]) -> int:
            url = f"http://{HOST}:{number}/actors/{'/'.join(actor)}/method/{method}"
            async with session.put(url, data=data, headers=headers) as answered:
                await answered.read()
                return answered.status

        yield call


async def call_all(application: Application, requests: int, statuses: Counter[int], caller: Caller) -> None:
    """Call the methods, by several callers at once; count how often each status was answered."""
    left = iter(range(requests))

    async def work(name: int) -> None:
        rng = random.Random(name)
        async with caller() as call:
            for count in left:
                method = rng.choices(application.methods, [each.weight for each in application.methods])[0]
                actor = (method.type, f"a{rng.randrange(ACTORS)}-{name}")
                headers = {"Content-Type": "application/json", "Actorproof-Body-Of": f"c{name}.{count}"}
                statuses[await call(actor, method.name, rng.choice(method.arguments).encode(), headers)] += 1

    await asyncio.gather(*map(work, range(CALLERS)))


async def compare(sdk: str, requests: int) -> bool:
    """Print what came of one SDK; whether nothing was changed. ApplicationError when its example does not come up."""
    application, _ = file.read(ROOT / "examples" / sdk / file.NAME, seed=1)
    async with sidecar() as stand_in, contextlib.AsyncExitStack() as stack:
        slot = stack.enter_context(Slot.acquire())
        app, inbound, http_out, grpc_out = (slot.port() for _ in range(4))
        behind, http_behind, grpc_behind = Recorder(app), Recorder(stand_in.http), Recorder(stand_in.grpc)
        before, http_before, grpc_before = Recorder(inbound), Recorder(http_out), Recorder(grpc_out)
        pairs = {"calls": (before, behind), "HTTP": (http_before, http_behind), "gRPC": (grpc_before, grpc_behind)}
        for recorder in (each for pair in pairs.values() for each in pair):
            await recorder.open()
            stack.push_async_callback(recorder.close)
        told = environment(
            application,
            port=app,
            http=Address(ip=HOST, port=http_before.port),
            grpc=Address(ip=HOST, port=grpc_before.port),
        )
        ports = Ports(
            app=behind.port, inbound=inbound, out=((http_out, http_behind.port), (grpc_out, grpc_behind.port))
        )
        running = await stack.enter_async_context(
            witnessed(application.argv(app), ports, told=told, cwd=Path(application.cwd))
        )
        statuses: Counter[int] = Counter()
        async with telling(lambda: f"{sdk}: {statuses.total()} of {requests} calls"):
            await listening(app, running)
            await listening(inbound, running)
            if application.protocol == "stream":
                await asyncio.wait_for(stand_in.stream.opened.wait(), READY_S)
                await call_all(application, requests, statuses, lambda: contextlib.nullcontext(stand_in.stream.call))
            else:
                await call_all(application, requests, statuses, lambda: over_http(before.port))
        # A connection that stays open may have said something to one recorder only, so far.
        for _ in range(100):
            if all(one.seen == other.seen for one, other in pairs.values()):
                break
            await asyncio.sleep(0.05)
        seen = {name: (one.seen, other.seen) for name, (one, other) in pairs.items()}  # before their ends are cut off
    print(f"{sdk}: {statuses.total()} calls ({dict(statuses)}), asked of the sidecar {dict(stand_in.asked)}")
    same = True
    for name, (one, other) in seen.items():
        changed = ((one - other) + (other - one)).total()
        same = same and not changed
        size = sum((sent + got) * count for (_, sent, _, got), count in one.items())
        print(f"  {name}: {one.total()} connections, {size} bytes, {changed} connections changed", flush=True)
    return same


def unchanged(sdk: str, requests: int) -> bool:
    """Compare one SDK; an example that ends, or was not built, says so and keeps no other one waiting."""
    try:
        return asyncio.run(compare(sdk, requests))
    except (ApplicationError, aiohttp.ClientError, TimeoutError) as error:
        print(f"{sdk}: {error or 'no answer in time'} (see examples/{sdk}/README.md)", flush=True)
        return False


def main() -> None:
    words = argparse.ArgumentParser(description="Whether a witness changes what SDKs say.")
    words.add_argument("--sdk", action="append", choices=SDKS, help="one of them; may be given again")
    words.add_argument("--requests", type=int, default=10_000)
    options = words.parse_args()
    same = [unchanged(sdk, options.requests) for sdk in options.sdk or SDKS]
    raise SystemExit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
