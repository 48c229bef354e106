"""Sidecar: what answers an application as a sidecar without any state, over HTTP and gRPC."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import grpc  # type: ignore[import-untyped]  # the library has no types
from aiohttp import web
from dapr.proto import api_v1

from benchmarks._witnessed import HOST

ANSWER_S = 60.0
STREAM = "SubscribeActorEventsAlpha1"


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """Its ports, how often each method was asked for, and the stream that an application may open at it."""

    http: int
    grpc: int
    asked: Counter[str]
    stream: Stream


class Stream:
    """Over it an application hears what its actors have to do, and answers by the number of each request."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self._told: asyncio.Queue[bytes] = asyncio.Queue()
        self._open: dict[str, asyncio.Future[int]] = {}

    async def serve(self, messages: AsyncIterator[bytes], _context: object) -> AsyncIterator[bytes]:
        """Serve the application that opened it; of several it is the last."""
        await anext(messages)
        initial = api_v1.SubscribeActorEventsResponseInitialAlpha1()
        yield api_v1.SubscribeActorEventsResponseAlpha1(initial_response=initial).SerializeToString()
        hearing = asyncio.create_task(self._hear(messages))
        self.opened.set()
        try:
            while True:
                yield await self._told.get()
        finally:
            hearing.cancel()

    async def call(self, actor: tuple[str, str], method: str, data: bytes, metadata: Mapping[str, str]) -> int:
        """Call a method of an actor; the status that a sidecar would answer with. TimeoutError without an answer."""
        number = str(len(self._open))
        self._open[number] = answered = asyncio.get_running_loop().create_future()
        request = api_v1.SubscribeActorEventsResponseInvokeRequestAlpha1(
            id=number, actor_type=actor[0], actor_id=actor[1], method=method, data=data, metadata=dict(metadata)
        )
        told = api_v1.SubscribeActorEventsResponseAlpha1(invoke_request=request)
        self._told.put_nowait(told.SerializeToString())
        return await asyncio.wait_for(answered, ANSWER_S)

    async def _hear(self, messages: AsyncIterator[bytes]) -> None:
        async for each in messages:
            said = api_v1.SubscribeActorEventsRequestAlpha1.FromString(each)
            if said.HasField("invoke_response"):
                self._open[said.invoke_response.id].set_result(500 if said.invoke_response.error else 200)
            elif said.HasField("request_failed"):
                self._open[said.request_failed.id].set_result(500)


@contextlib.asynccontextmanager
async def sidecar() -> AsyncIterator[Sidecar]:
    """One that runs."""
    asked: Counter[str] = Counter()
    stream = Stream()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        if request.path == "/v1.0/metadata":
            return web.json_response({"id": "actorproof", "runtimeVersion": "1.18.2", "extended": {}})
        asked[request.method] += "/actors/" in request.path
        return web.Response(status=204)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()

    class Every(grpc.GenericRpcHandler):  # type: ignore[misc]  # so its base is not known
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            name = details.method.rpartition("/")[2]
            if name == STREAM:
                return grpc.stream_stream_rpc_method_handler(stream.serve)

            async def empty(_: bytes, __: object) -> bytes:
                asked[name] += 1
                return b""

            return grpc.unary_unary_rpc_method_handler(empty)

    rpc = grpc.aio.server()
    rpc.add_generic_rpc_handlers((Every(),))
    rpc_port = rpc.add_insecure_port(f"{HOST}:0")
    await rpc.start()
    try:
        yield Sidecar(http=int(runner.addresses[0][1]), grpc=rpc_port, asked=asked, stream=stream)
    finally:
        await rpc.stop(grace=None)
        await runner.cleanup()
