"""App: the application half of a host. It runs the subjects' own turns, and stops by itself when its lease has ended.

Turns come from the sidecar, each under the session that the two agreed upon. When a session begins, nothing of an older
one runs any more. When the lease ends without having been renewed, open turns fail and every instance is dropped, so
that another host may go on with its actors.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.drivers.simulated.network import Network, Port
from actorproof.harness.drivers.simulated.process import Process
from actorproof.harness.history.events import Cause
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.runtimes.simulated.bugs import Bugs
from actorproof.harness.subjects.actors.subject import CallError, StateError
from actorproof.harness.subjects.engine import Answer, Engine
from actorproof.harness.subjects.timers import TimerError, TimerRequest
from actorproof.harness.subjects.witness import Mark, Witness, Writes

T = TypeVar("T")
GRACE_S = 0.5
STATE_TIMEOUT_S = 10.0


class TurnAbortedError(Exception):
    """The runtime takes a turn back: it fails where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """One turn as the sidecar asks for it; `key` names it between the two."""

    session: int
    key: int
    type_: str
    id_: str
    cause: Cause
    name: str
    body: bytes
    chain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReply:
    """What became of a turn.

    Attributes:
        answer: None when it was not begun.
        aborted: it was taken back.
        cut: a broken host closed the connection instead of answering.
    """

    answer: Answer | None
    aborted: bool = False
    cut: bool = False


class SidecarApi(Protocol):
    """What the application asks of its sidecar. None stands for an error."""

    async def get_state(self, actor: str, key: str) -> tuple[bool, str | None]: ...

    async def commit_state(self, actor: str, writes: Writes) -> bool: ...

    async def register_timer(self, actor: str, request: TimerRequest) -> bool: ...

    async def unregister_timer(self, actor: str, name: str) -> bool: ...

    async def call(self, actor: str, method: str, body: bytes, *, chain: str | None = None) -> Reply: ...


class _Abortable(Generic[T]):
    """Runs a coroutine; `abort` raises TurnAbortedError in it, at the point where it waits."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._task: asyncio.Task[Any] | None = None
        self.ended = asyncio.Event()
        self.aborted = False
        self._aborting = False

    def abort(self) -> None:
        if self._task is not None and not self.aborted:
            self.aborted = self._aborting = True
            self._task.cancel()

    async def run(self) -> T:
        """Run it to its end."""
        self._task = asyncio.current_task()
        try:
            return await self
        finally:
            self.ended.set()

    def __await__(self) -> Generator[Any, None, T]:
        work = self._work
        try:
            waits_for = work.send(None)
            while True:
                try:
                    yield waits_for
                except GeneratorExit:
                    work.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the turn
                    waits_for = work.throw(self._meant(error))
                else:
                    waits_for = work.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _meant(self, error: BaseException) -> BaseException:
        """The abort that a cancellation stands for, if it does."""
        if self._aborting and self._task is not None and isinstance(error, asyncio.CancelledError):
            self._aborting = False
            self._task.uncancel()
            return TurnAbortedError("taken back by the runtime")
        return error


class App:
    """One incarnation's program. `engine_of` makes its engine around the state that it is given."""

    def __init__(
        self,
        process: Process,
        *,
        witness: Witness,
        engine_of: Callable[[Callable[[str, Mark], AppState], Callable[[str], AppTimers]], Engine],
        sidecar: Port[SidecarApi],
        network: Network,
        loop: VirtualLoop,
        bugs: Bugs,
    ) -> None:
        self._process = process
        self._loop = loop
        self._bugs = bugs
        self._engine = engine_of(
            lambda actor, mark: AppState(actor, mark, witness=witness, sidecar=sidecar, network=network),
            lambda actor: AppTimers(actor, sidecar=sidecar, network=network),
        )
        self._session = 0
        self._lease_ns = 0
        self._running: dict[tuple[int, int], _Abortable[Answer]] = {}
        self._held: dict[tuple[str, str], None] = {}
        self._refused: set[int] = set()

    async def main(self) -> int:
        """Listen until asked to end; then let open turns end for a moment."""
        process = self._process
        process.listening = process.ready = True
        process.spawn(self._watch())
        await process.stopping.wait()
        process.listening = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                for work in list(self._running.values()):
                    await work.ended.wait()
        return 0

    # ---- what the sidecar asks

    async def begin(self, session: int) -> bool:
        """Begin a session: nothing of an older one is left when this returns. False for one that is over already."""
        if session <= self._session:
            return session == self._session
        if self._bugs.on("turns-outlive-their-sidecar"):
            self._session = session
            return True
        self._session = 0
        await self._drop_everything()
        self._refused.clear()
        self._session = session
        self._lease_ns = 0
        return True

    async def renew(self, session: int, until_ns: int) -> bool:
        """Serve actors until then; false when this is not the session."""
        if session != self._session:
            return False
        self._lease_ns = max(self._lease_ns, until_ns)
        return True

    async def turn(self, request: TurnRequest) -> TurnReply:
        """Run a turn."""
        if not self._serves(request.session) or request.key in self._refused:
            return TurnReply(answer=None)
        cut: list[bool] = []
        work = _Abortable(
            self._engine.turn(
                type_=request.type_,
                id_=request.id_,
                cause=request.cause,
                name=request.name,
                body=request.body,
                chain=request.chain,
                cut=lambda: cut.append(True),
            )
        )
        self._running[request.session, request.key] = work
        self._held[request.type_, request.id_] = None
        try:
            answer = await work.run()
        finally:
            del self._running[request.session, request.key]
        return TurnReply(answer=answer, aborted=work.aborted, cut=bool(cut))

    async def abort(self, session: int, key: int) -> bool:
        """Take a turn back, whether it has arrived or not: it is over when this returns, and true."""
        work = self._running.get((session, key))
        if work is not None and self._bugs.on("abort-without-effect"):
            return True
        if work is not None:
            work.abort()
            await work.ended.wait()
        elif session == self._session:
            self._refused.add(key)
        return True

    async def deactivate(self, session: int, type_: str, id_: str) -> bool:
        """Drop an instance: it is gone when this returns, and true."""
        if session == self._session and not self._bugs.on("instance-survives-deactivation"):
            self._held.pop((type_, id_), None)
            self._engine.deactivate(type_, id_)
        return True

    # ---- inside

    def _serves(self, session: int) -> bool:
        in_time = self._loop.now_ns < self._lease_ns or self._bugs.on("host-never-fences-itself")
        return session == self._session and in_time and not self._process.stopping.is_set()

    async def _watch(self) -> None:
        """Drop everything as soon as the lease has ended."""
        while True:
            if self._bugs.on("host-never-fences-itself"):
                return
            left_s = (self._lease_ns - self._loop.now_ns) / 1e9
            if left_s > 0:
                await asyncio.sleep(left_s)
            elif self._held or self._running:
                await self._drop_everything()
            else:
                await asyncio.sleep(0.05)

    async def _drop_everything(self) -> None:
        for work in list(self._running.values()):
            work.abort()
            await work.ended.wait()
        for type_, id_ in list(self._held):
            self._engine.deactivate(type_, id_)
        self._held.clear()


class AppPeers:
    """Peers of an application, through its sidecar."""

    def __init__(self, *, sidecar: Port[SidecarApi], network: Network) -> None:
        self._sidecar = sidecar
        self._network = network

    async def invoke(self, actor: str, method: str, body: bytes, *, chain: str | None) -> tuple[int, bytes]:
        try:
            reply = await self._network.request(self._sidecar, lambda api: api.call(actor, method, body, chain=chain))
        except (RefusedError, CutOffError) as error:
            raise CallError(type(error).__name__) from error
        return reply.status, reply.body


class AppState:
    """StateAccess of one turn, through the sidecar; each save is witnessed."""

    __slots__ = ("_actor", "_mark", "_network", "_sidecar", "_witness")

    def __init__(
        self, actor: str, mark: Mark, *, witness: Witness, sidecar: Port[SidecarApi], network: Network
    ) -> None:
        self._actor = actor
        self._mark = mark
        self._witness = witness
        self._sidecar = sidecar
        self._network = network

    async def get(self, key: str) -> str | None:
        actor = self._actor
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                good, value = await self._network.request(self._sidecar, lambda api: api.get_state(actor, key))
        except (RefusedError, CutOffError, TimeoutError) as error:
            raise StateError(f"{key} could not be read: {type(error).__name__}") from error
        if not good:
            raise StateError(f"{key} could not be read: the sidecar can't reach the store, or has lost the actor")
        return value

    async def commit(self, writes: Writes) -> None:
        actor = self._actor
        save = self._witness.save_started(self._mark, writes)
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                good = await self._network.request(self._sidecar, lambda api: api.commit_state(actor, writes))
            reason = "" if good else "refused"
        except (RefusedError, CutOffError, TimeoutError, TurnAbortedError) as error:
            reason = type(error).__name__
        self._witness.save_ended(save, acknowledged=not reason, reason=reason)
        if reason:
            raise StateError(f"save was not acknowledged: {reason}")


class AppTimers:
    """TimerAccess of an actor's turns, through the sidecar."""

    __slots__ = ("_actor", "_network", "_sidecar")

    def __init__(self, actor: str, *, sidecar: Port[SidecarApi], network: Network) -> None:
        self._actor = actor
        self._network = network
        self._sidecar = sidecar

    async def register(self, request: TimerRequest) -> None:
        actor = self._actor
        await self._ask(request.name, lambda api: api.register_timer(actor, request))

    async def unregister(self, name: str) -> None:
        actor = self._actor
        await self._ask(name, lambda api: api.unregister_timer(actor, name))

    async def _ask(self, name: str, serve: Callable[[SidecarApi], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                good = await self._network.request(self._sidecar, serve)
        except (RefusedError, CutOffError, TimeoutError) as error:
            raise TimerError(f"timer {name} was not acknowledged: {type(error).__name__}") from error
        if not good:
            raise TimerError(f"timer {name} was not acknowledged: the sidecar has lost the actor")
