"""Network: requests between simulated processes, over links that faults can touch.

A request takes a while to arrive and its reply a while to come back, both drawn from the seed. It is refused when
nobody listens or the link is cut, before a byte of it was sent. A connection breaks when the process at its other end
dies, or its link is cut or reset; what was delivered before may have taken effect. Whoever gives up waiting takes
nothing back: the other side goes on.

Toxics act in each direction on its own, as Toxiproxy's do: `latency` adds, `bandwidth` makes bytes take their time, or
with rate 0 holds them until it is taken off, `slicer` makes small pieces of them, `timeout` swallows them (taking it
off closes the connections), `reset_peer` resets the connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Literal, TypeVar

from actorproof.harness.cluster.port import Toxic
from actorproof.harness.errors import ClusterError
from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.process import Process

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)
T = TypeVar("T")
Stream = Literal["upstream", "downstream"]

# One way between two processes of one machine, with proxies and copies on it.
FASTEST_S = 0.0003
SLOWEST_S = 0.0015
REQUEST_BYTES = 300
_PADDING_BYTES = 2000


class Port(Generic[P_co]):
    """Where a unit listens: the program that answers there now, and its process; None when nobody does."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.process: Process | None = None
        self._program: P_co | None = None

    @property
    def program(self) -> P_co | None:
        return self._program

    def occupy(self, process: Process | None, program: Any) -> None:
        """From now on this program answers, in its process."""
        self.process = process
        self._program = program


class Link:
    """A connection's way that a fault can touch. `listed` says whether faults know of it."""

    def __init__(self, name: str, server: str, *, rng: random.Random, listed: bool = True) -> None:
        self.name = name
        self.server = server
        self.listed = listed
        self.is_cut = False
        self.toxics: dict[str, Toxic] = {}
        self.open: dict[_Call, None] = {}
        self._held: list[Callable[[], None]] = []
        self._rng = rng

    @property
    def disturbed(self) -> bool:
        return bool(self.is_cut or self.toxics)

    def cut(self) -> None:
        """Break what is open and refuse what is new."""
        self.is_cut = True
        self.break_all("closed")

    def mend(self) -> None:
        """Take everything off the link."""
        self.is_cut = False
        for name in list(self.toxics):
            self.remove(name)

    def add(self, toxic: Toxic) -> None:
        """Put a toxic on the link; ClusterError when there is one of that name."""
        if toxic.name in self.toxics:
            raise ClusterError(f"can't add {toxic.name} to {self.name}: there is one already, remove it first")
        self.toxics[toxic.name] = toxic
        if toxic.kind == "reset_peer":
            self.break_all("reset")

    def remove(self, name: str) -> None:
        """Take a toxic off the link; ClusterError when there is none of that name."""
        if name not in self.toxics:
            raise ClusterError(f"can't remove {name} from {self.name}: there is none, see what was added")
        toxic = self.toxics.pop(name)
        if toxic.kind == "timeout":
            # What was swallowed leaves a hole in the stream: it can't go on.
            self.break_all("closed")
        if not any(_rate(other) == 0 for other in self.toxics.values()):
            held, self._held = self._held, []
            for release in held:
                release()

    def break_all(self, how: str) -> None:
        """Close every connection that is open."""
        for call in list(self.open):
            call.broken(how)

    def fate(self, stream: Stream, size: int) -> float | Literal["held", "swallowed", "reset"]:
        """How long bytes take besides the ordinary way, in seconds, or what else becomes of them."""
        delay_s = 0.0
        for toxic in self.toxics.values():
            if toxic.stream != stream and toxic.kind != "reset_peer":
                continue
            attributes = dict(toxic.attributes)
            match toxic.kind:
                case "reset_peer":
                    return "reset"
                case "timeout":
                    return "swallowed"
                case "bandwidth":
                    if not attributes["rate"]:
                        return "held"
                    delay_s += size / (attributes["rate"] * 1000)
                case "latency":
                    jitter_ms = attributes.get("jitter", 0)
                    delay_s += max(0.0, attributes["latency"] + self._rng.uniform(-jitter_ms, jitter_ms)) / 1000
                case "slicer":
                    delay_s += size / max(1, attributes["average_size"]) * attributes["delay"] / 1e6
                case kind:
                    raise ClusterError(f"toxic {kind} is unknown to the simulation: choose another")
        return delay_s

    def hold(self, release: Callable[[], None]) -> None:
        """Keep bytes until the link lets them through."""
        self._held.append(release)


def _rate(toxic: Toxic) -> int | None:
    return dict(toxic.attributes).get("rate") if toxic.kind == "bandwidth" else None


class Network:
    """Carries requests. `failed` is told of an exception that a program did not expect."""

    def __init__(
        self,
        loop: VirtualLoop,
        *,
        rng: random.Random,
        failed: Callable[[BaseException], None],
    ) -> None:
        self.loop = loop
        self.failed = failed
        self._random = rng.random

    def way_s(self) -> float:
        """How long one way takes this time."""
        return FASTEST_S + (SLOWEST_S - FASTEST_S) * self._random()

    async def request(
        self, port: Port[P], serve: Callable[[P], Awaitable[T]], *, link: Link | None = None, size: int = REQUEST_BYTES
    ) -> T:
        """Have the program at a port serve a request and return what it says.

        RefusedError when it can't have begun; CutOffError when it may have and no reply can come any more.
        """
        call = _Call(self, port, serve, link, size)
        try:
            call.depart()
            reply: T = await call.reply
            return reply
        finally:
            call.over()

    def given_up(self, port: Port[Any], task: asyncio.Task[object]) -> None:
        """A caller waits no longer for what it asked of a port: that goes on."""

    async def echo(self, port: Port[P], link: Link) -> int:
        """Send about 2 KB there and back; how many bytes came back."""

        async def serve(_: P) -> int:
            return _PADDING_BYTES

        return await self.request(port, serve, link=link, size=_PADDING_BYTES)


class _Call:
    """One request on its way."""

    __slots__ = ("cut_off", "link", "network", "port", "process", "reply", "serve", "size", "task")

    def __init__(
        self,
        network: Network,
        port: Port[Any],
        serve: Callable[[Any], Awaitable[object]],
        link: Link | None,
        size: int,
    ) -> None:
        self.network = network
        self.port = port
        self.serve = serve
        self.link = link
        self.size = size
        self.process: Process | None = None
        self.reply: asyncio.Future[Any] = network.loop.create_future()
        self.cut_off = False
        self.task: asyncio.Task[object] | None = None

    def depart(self) -> None:
        """Set out."""
        link = self.link
        if link is None or not link.disturbed:
            self.network.loop.outside(self.network.way_s(), self.arrive)
            return
        if link.is_cut:
            self.network.loop.outside(self.network.way_s(), self._refuse)
            return
        link.open[self] = None
        self._travel("upstream", self.arrive)

    def _travel(self, stream: Stream, then: Callable[..., None], *args: object) -> None:
        """Take the link's way, whatever is on it."""
        link = self.link
        fate = link.fate(stream, self.size) if link is not None else 0.0
        if link is None or isinstance(fate, float):
            extra_s = fate if isinstance(fate, float) else 0.0
            self.network.loop.outside(self.network.way_s() + extra_s, then, *args)
        elif fate == "held":
            link.hold(lambda: self.network.loop.outside(self.network.way_s(), then, *args))
        elif fate == "reset":
            self.network.loop.outside(self.network.way_s(), self.broken, "reset")

    def arrive(self) -> None:
        """The request is there."""
        if self.cut_off:
            return
        link, process, program = self.link, self.port.process, self.port.program
        if link is not None and link.is_cut:
            self._refuse()
            return
        if process is None or program is None or process.dead or not process.listening:
            self._refuse()
            return
        self.process = process
        process.open[self] = None
        if link is not None:
            link.open[self] = None
        self.task = process.serve(self._run(program))

    async def _run(self, program: Any) -> None:
        try:
            result = await self.serve(program)
        except Exception as error:  # noqa: BLE001 - programs answer; whatever they raise is a fault of the simulation
            self.network.failed(error)
            return
        if self.process is not None:
            self.process.open.pop(self, None)
        if self.reply.done():
            return
        if self.link is None or not self.link.disturbed:
            self.network.loop.outside(self.network.way_s(), self._finish, result)
        else:
            self._travel("downstream", self._finish, result)

    def _finish(self, result: object) -> None:
        if not self.reply.done():
            self.reply.set_result(result)

    def _refuse(self) -> None:
        if not self.reply.done():
            self.reply.set_exception(RefusedError("connection refused"))
            self.reply.exception()  # asked for: a caller that is gone never does

    def broken(self, how: str) -> None:
        """The connection is closed or reset: no reply comes any more."""
        self.cut_off = True
        self._forget()
        if not self.reply.done():
            self.reply.set_exception(CutOffError(how))
            self.reply.exception()

    def over(self) -> None:
        """The caller has its answer, or waits no longer."""
        if self.reply.cancelled() and self.task is not None:
            self.network.given_up(self.port, self.task)
        self._forget()

    def _forget(self) -> None:
        if self.link is not None:
            self.link.open.pop(self, None)
        if self.process is not None:
            self.process.open.pop(self, None)
