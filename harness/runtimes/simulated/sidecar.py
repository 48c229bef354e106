"""Sidecar: the runtime's half of a host. It routes calls to the actors' owners and runs the turns of those it owns.

One turn at a time: each actor has a lock that calls wait for in their order, and that is given back only when the
application has said that the turn is over. A host owns an actor while all of these hold: placement's table says so, no
table that is being disseminated says otherwise, its session stands in that table, and its lease has not ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from actorproof.harness.drivers.simulated.loop import VirtualLoop
from actorproof.harness.drivers.simulated.network import Link, Network, Port
from actorproof.harness.drivers.simulated.process import Process
from actorproof.harness.history.events import Cause
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.runtimes.simulated import timers
from actorproof.harness.runtimes.simulated.app import App, TurnReply, TurnRequest
from actorproof.harness.runtimes.simulated.bugs import Bugs
from actorproof.harness.runtimes.simulated.placement import LEASE_S, Grant, Placement
from actorproof.harness.runtimes.simulated.scheduler import Asked, Scheduler
from actorproof.harness.runtimes.simulated.store import Store, Token, Writes
from actorproof.harness.runtimes.simulated.table import Table
from actorproof.harness.subjects.timers import TimerRequest

T = TypeVar("T")
HEARTBEAT_S = 0.4
MARGIN_S = 0.2
ASK_TIMEOUT_S = 1.0
STORE_TIMEOUT_S = 3.0
WATCH_S = 1.0
SCAN_S = 0.5
PATIENCE_S = 10.0
PEER_TIMEOUT_S = 30.0
REGISTER_PATIENCE_S = 8.0
_RETRY_FIRST_S = 0.02
_RETRY_LONGEST_S = 0.4
_LEAVE_S = 8.0
_LEAVING_S = 0.05
_S_NS = 1_000_000_000
# Of bugs: how long a call waits for an actor's lock, how much later a save is sent, and how much later which calls come
# once more.
_IMPATIENCE_S = 1.0
_BEHIND_S = 0.3
_AGAIN_S = 0.6
_AGAIN = 11
OK = 200
ERROR = 500
NO_CONTENT = 204


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, reminder or timer on its way to an actor. It must not begin after `until_ns`."""

    actor: str
    cause: Cause
    name: str
    body: bytes
    chain: str | None = None
    until_ns: int


@dataclass(frozen=True, slots=True)
class Served:
    """What an owner says: a whole answer, or why there is none. `again` says that nothing was begun or all undone."""

    status: int
    body: bytes = b""
    again: bool = False


ELSEWHERE = Served(ERROR, b'{"error":"the actor is not here"}', again=True)
UNAVAILABLE = Served(ERROR, b'{"error":"the actor is not available"}', again=True)
CUT_OFF = Served(ERROR, b'{"error":"the connection to the actor broke"}')
TOO_DEEP = Served(ERROR, b'{"error":"maximum stack depth exceeded"}')


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """An actor that this host took over.

    Attributes:
        token: what its saves are fenced with; None until the store knows that this host has it.
        keys: the turns that run now, innermost last: more than one only of one chain.
        chain: the reentrancy id of the calls that hold the lock; None where reentrancy is off.
        depth: how many calls of that chain are in there; it must not pass the limit.
        left: set when one of them has left.
        since_ns, used_ns: when it was taken over, and when its last turn ended.
        gone: it was given back; whoever waited for it has to ask again.
        moving: it is being given back.
        timers: those that its instance registered.
        abandoned, stuck: for bugs: nobody waits for its turn any more, and nobody gets its lock any more.
    """

    actor: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: int | None = None
    keys: list[int] = field(default_factory=list)
    chain: str | None = None
    depth: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    since_ns: int = 0
    used_ns: int = 0
    gone: bool = False
    moving: bool = False
    timers: timers.Owned = field(default_factory=timers.Owned)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    stuck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Where a sidecar finds everything else, with the links on the way there."""

    app: Port[App]
    app_link: Link
    store: Port[Store]
    store_link: Link
    placements: Sequence[tuple[Port[Placement], Link]]
    schedulers: Sequence[tuple[Port[Scheduler], Link]]
    peers: Mapping[str, tuple[Port[Sidecar], Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the hosts declare."""

    idle_timeout_s: float
    drain_timeout_s: float
    drain_enabled: bool
    reentrancy: bool
    max_stack_depth: int
    reentrancy_exceptions: tuple[str, ...]

    def reentrant(self, actor: str) -> bool:
        """Whether a chain of calls may enter an actor again."""
        return self.reentrancy != (actor.partition("/")[0] in self.reentrancy_exceptions)


class _Impatient:
    """A lock that a call goes on without when it has waited for long (for bugs)."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._has = False

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(_IMPATIENCE_S):
                await self._lock.acquire()
            self._has = True
        except TimeoutError:
            self._has = False

    async def __aexit__(self, *_: object) -> None:
        if self._has:
            self._lock.release()


class Sidecar:
    """One incarnation's program."""

    def __init__(
        self,
        process: Process,
        *,
        host: str,
        next_session: Callable[[], int],
        neighbours: Neighbours,
        settings: Settings,
        network: Network,
        loop: VirtualLoop,
        bugs: Bugs,
        changed: Callable[[], None],
    ) -> None:
        self.host = host
        self.connected = False
        self.table: Table | None = None
        self._process = process
        self._next_session = next_session
        self._near = neighbours
        self._settings = settings
        self._network = network
        self._loop = loop
        self._bugs = bugs
        self._changed = changed
        self._session = 0
        self._lease_ns = 0
        self._app_lease_ns = 0
        self._app_answers = False
        self._had_session = False
        self._store_broken = False
        self._cache: dict[tuple[str, str], str | None] = {}
        self._before: Table | None = None
        self._next: Table | None = None
        self._leader = 0
        self._actors: dict[str, Held] = {}
        self._draining: dict[int, asyncio.Task[object]] = {}
        self._keys = 0
        self._numbers = 0

    async def main(self) -> int:
        """Take part until asked to end, and leave in order then."""
        process = self._process
        process.listening = True
        process.spawn(self._watch_schedulers())
        process.spawn(self._collect())
        while not process.stopping.is_set():
            if self._had_session:
                await self._wait_for_bugs()
            await self._open_session()
            while await self._beat(leaving=False) and not process.stopping.is_set():
                await self._rest()
            if not process.stopping.is_set():
                self._lose_session()
        leave_by_ns = self._loop.now_ns + round(_LEAVE_S * _S_NS)
        while self._session and await self._beat(leaving=True) and self._loop.now_ns < leave_by_ns:
            await self._pause(_LEAVING_S)
        return 0

    @property
    def ready(self) -> bool:
        """Whether this host stands in the table in force and may serve."""
        return self._alive and self.table is not None and self._listed(self.table)

    @property
    def agrees_on(self) -> int:
        """The version of the table that this host goes by; 0 while it is being changed."""
        return self.table.version if self.table is not None and self._next is None and self._before is None else 0

    # ---- the session

    async def _open_session(self) -> None:
        """Agree with the application on a session: nothing of an older one runs there any more."""
        session = self._next_session()
        while not await self._ask_app(lambda app: app.begin(session)):
            if self._process.stopping.is_set():
                return
            await asyncio.sleep(_RETRY_FIRST_S)
        self._session = session
        self._had_session = True
        self._app_answers = True

    async def _wait_for_bugs(self) -> None:
        """What bugs do before a host asks for another session."""
        if self._bugs.on("no-second-session"):
            await self._process.stopping.wait()
        if self._bugs.on("session-after-a-minute"):
            await asyncio.sleep(60.0)

    async def _beat(self, *, leaving: bool) -> bool:
        """Renew the lease, and let the application know; false when the session is over.

        A host whose application can't be reached lets its lease end: others take its actors over.
        """
        if self._lapsed:
            return False
        if self._app_answers and not await self._renew(leaving=leaving):
            return False
        session, lease_ns = self._session, self._lease_ns
        known = await self._ask_app(lambda app: app.renew(session, lease_ns))
        self._app_answers = known is not None
        if known:
            self._app_lease_ns = lease_ns
        self._process.ready = self._process.ready or self.ready
        self._changed()
        return known is not False and not self._lapsed

    async def _renew(self, *, leaving: bool) -> bool:
        """Ask placement's leader, whichever that is; false when the session is over."""
        asked = 0
        while asked < len(self._near.placements):
            began_ns = self._loop.now_ns
            grant = await self._ask_placement(leaving=leaving)
            if grant is None or not grant.leads:
                self._leader = (self._leader + 1) % len(self._near.placements)
                asked += 1
                continue
            self.connected = True
            if grant.over or self._lapsed:
                return False
            if grant.renewed:
                # The table that this host goes by is in force: whoever had its actors before has given them back.
                self._before = None
                lease_s = 4 * LEASE_S if self._bugs.on("lease-believed-longer") else LEASE_S - MARGIN_S
                self._lease_ns = began_ns + round(lease_s * _S_NS)
                return True
            if grant.table is not None:
                self._install(grant.table, locked=False)
        self.connected = False
        return True

    @property
    def _lapsed(self) -> bool:
        over = bool(self._lease_ns) and self._loop.now_ns >= self._lease_ns
        return over and not self._bugs.on("host-never-fences-itself")

    @property
    def _alive(self) -> bool:
        """Whether turns may begin here, as far as the leases go."""
        in_time = self._loop.now_ns < min(self._lease_ns, self._app_lease_ns)
        return bool(self._session) and (in_time or self._bugs.on("host-never-fences-itself"))

    def _lose_session(self) -> None:
        """Everything that was held is given back: it can't be used without a lease."""
        self._session = 0
        self._lease_ns = self._app_lease_ns = 0
        self._next = self._before = None
        self._draining.clear()
        for held in self._actors.values():
            held.gone = held.timers.over = True
        self._actors = {}
        self._changed()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._process.stopping.wait()
        except TimeoutError:
            return

    async def _pause(self, for_s: float) -> None:
        await asyncio.sleep(for_s)

    async def _ask_app(self, serve: Callable[[App], Awaitable[T]]) -> T | None:
        """The application's answer; None when it can't be reached."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await self._network.request(self._near.app, serve, link=self._near.app_link)
        except (RefusedError, CutOffError, TimeoutError):
            return None

    async def _ask_placement(self, *, leaving: bool) -> Grant | None:
        port, link = self._near.placements[self._leader]
        host, session = self.host, self._session
        version = self.table.version if self.table is not None else 0
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await self._network.request(
                    port, lambda placement: placement.heartbeat(host, session, version, leaving=leaving), link=link
                )
        except (RefusedError, CutOffError, TimeoutError):
            return None

    # ---- the table (see `placement`)

    async def lock(self, session: int, base: Table, table: Table) -> bool:
        """Drain what moves away from the table in force, `base`, to a new one; whether that is done."""
        if session != self._session:
            return False
        self._install(base, locked=False)
        if self.table is None or table.version <= self.table.version:
            return True
        if self._next is None or self._next.version < table.version:
            self._next = table
        if self._next.version > table.version:
            return False
        if table.version not in self._draining:
            self._draining[table.version] = self._process.spawn(self._drain(table))
        return self._draining[table.version].done()

    async def update(self, session: int, table: Table) -> None:
        """A table is in force; actors that moved here stay locked."""
        if session == self._session:
            self._install(table, locked=True)

    async def unlock(self, session: int, version: int) -> None:
        """New owners may begin."""
        if session == self._session and self.table is not None and self.table.version <= version:
            self._before = None
            self._changed()

    def _install(self, table: Table, *, locked: bool) -> None:
        """Go by a table that is in force."""
        if self.table is not None and table.version <= self.table.version:
            return
        self._before = self.table if locked else None
        self.table = table
        if self._next is not None and self._next.version <= table.version:
            self._next = None
        for version in [version for version in self._draining if version <= table.version]:
            del self._draining[version]
        self._changed()

    def _listed(self, table: Table) -> bool:
        return table.hosts.get(self.host) == self._session

    def _owns(self, actor: str) -> bool:
        """Whether turns of an actor may begin here."""
        if not self._alive or self.table is None:
            return False
        coming = None if self._bugs.on("lock-ignored") else self._next
        return all(
            table is None or (self._listed(table) and table.owner(actor) == self.host)
            for table in (self.table, self._before, coming)
        )

    async def _drain(self, table: Table) -> None:
        """Give back every actor that a new table has elsewhere."""
        moving = [
            held for held in self._actors.values() if not self._listed(table) or table.owner(held.actor) != self.host
        ]
        await asyncio.gather(*(self._hand_over(held) for held in moving))

    async def _hand_over(self, held: Held) -> None:
        """Let the turn under way end within the drain time-out, take it back then, and drop the instance."""
        limit_s = self._settings.drain_timeout_s if self._settings.drain_enabled else 0.0
        abandons = self._bugs.on("drain-skipped") or self._bugs.on("drain-cut-short")
        if self._bugs.on("turns-aborted-without-drain") or self._bugs.on("drain-skipped"):
            limit_s = 0.0
        elif abandons:
            limit_s /= 4
        held.moving = True
        try:
            async with asyncio.timeout(limit_s):
                await held.lock.acquire()
        except TimeoutError:
            if abandons:
                held.abandoned.set()
            else:
                held.chain = None
                await asyncio.gather(*(self._take_back(held, key) for key in held.keys))
            await held.lock.acquire()
        try:
            while not held.gone and not await self._forget(held):
                await self._pause(_RETRY_FIRST_S)
        finally:
            held.lock.release()

    async def _take_back(self, held: Held, key: int) -> None:
        """Have a turn under way fail; it is over when its own call has been answered."""
        session = self._session
        while key in held.keys and not held.gone:
            if await self._ask_app(lambda app: app.abort(session, key)) is not None:
                return
            await asyncio.sleep(_RETRY_FIRST_S)

    async def _forget(self, held: Held) -> bool:
        """Have the application drop an instance; whether it did. The actor's lock is held."""
        session = self._session
        type_, _, id_ = held.actor.partition("/")
        if held.token is not None and await self._ask_app(lambda app: app.deactivate(session, type_, id_)) is None:
            return False
        held.gone = held.timers.over = True
        if self._actors.get(held.actor) is held:
            del self._actors[held.actor]
        return True

    async def _collect(self) -> None:
        """Drop instances that have been idle for long enough."""
        idle_ns = round(self._settings.idle_timeout_s * _S_NS)
        while True:
            await asyncio.sleep(SCAN_S)
            for held in list(self._actors.values()):
                if self._bugs.on("idle-clock-from-activation") and self._loop.now_ns - held.since_ns >= idle_ns:
                    await self._forget(held)
                if held.lock.locked() or self._loop.now_ns - held.used_ns < idle_ns:
                    continue
                async with held.lock:
                    if not held.gone and self._loop.now_ns - held.used_ns >= idle_ns:
                        await self._forget(held)

    # ---- calls

    async def invoke(self, call: Call) -> Served:
        """Have an actor's owner run a call, wherever it is, asking again while nothing was begun."""
        pause_s = _RETRY_FIRST_S
        while True:
            served = await self._forward(call)
            if not served.again or self._loop.now_ns + round(pause_s * _S_NS) >= call.until_ns:
                return served
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _RETRY_LONGEST_S)

    async def _forward(self, call: Call) -> Served:
        owner = self.table.owner(call.actor) if self.table is not None else None
        if owner is None:
            return UNAVAILABLE
        if owner == self.host or (call.cause == "reminder" and self._bugs.on("reminder-ignores-placement")):
            return await self.serve(call)
        if self._bugs.on("chain-id-lost-between-hosts"):
            call = replace(call, chain=None)
        port, link = self._near.peers[owner]
        try:
            async with asyncio.timeout(PEER_TIMEOUT_S):
                return await self._network.request(port, lambda peer: peer.serve(call), link=link)
        except RefusedError:
            return UNAVAILABLE
        except (CutOffError, TimeoutError):
            return CUT_OFF

    async def serve(self, call: Call) -> Served:
        """Run a call on an actor of this host, after those that came before it."""
        held = self._actors.get(call.actor)
        if call.chain is None and self._bugs.on("chains-share-an-id"):
            call = replace(call, chain="chain")
        if held is not None and call.chain is not None and call.chain == held.chain:
            return await self._enter_again(held, call)
        anywhere = call.cause == "reminder" and self._bugs.on("reminder-ignores-placement")
        if not (self._owns(call.actor) or (anywhere and self._alive)):
            return ELSEWHERE
        if held is None:
            held = self._actors[call.actor] = Held(
                actor=call.actor, since_ns=self._loop.now_ns, used_ns=self._loop.now_ns
            )
        async with self._turn_lock(held, call):
            if held.token is None and not held.gone and (self._owns(call.actor) or anywhere):
                await self._claim(held)
            if held.gone or not (self._owns(call.actor) or (anywhere and self._alive)):
                return ELSEWHERE
            if held.token is None or self._loop.now_ns >= call.until_ns:
                return UNAVAILABLE
            served = await self._enter(held, call)
            self._comes_again(call, served)
            return served

    async def _enter(self, held: Held, call: Call) -> Served:
        """Run the first call of a chain. The actor's lock is held, until all that follow have left."""
        if held.stuck:
            await asyncio.Event().wait()
        reentrant = self._settings.reentrant(call.actor) or self._bugs.on("reentrant-though-off")
        if reentrant and call.chain is None:
            call = replace(call, chain=f"{self.host}/{self._session}/{self._number()}")
        held.chain, held.depth = call.chain if reentrant else None, 1
        try:
            return await self._turn(held, call)
        finally:
            while held.depth > 1:
                held.left.clear()
                await held.left.wait()
            held.chain, held.depth = None, 0

    async def _enter_again(self, held: Held, call: Call) -> Served:
        """Run a call of the chain that holds the actor's lock, also while the actor is about to move."""
        limit = self._settings.max_stack_depth
        limit += self._bugs.on("stack-too-deep") - self._bugs.on("stack-too-shallow")
        if held.depth >= limit:
            held.stuck = self._bugs.on("too-deep-a-chain-locks-for-ever")
            return TOO_DEEP
        held.depth += 1
        try:
            served = await self._turn(held, call)
        finally:
            held.depth -= 1
            held.left.set()
        if self._bugs.on("reentrant-answer-lost"):
            await asyncio.Event().wait()
        return served

    def _comes_again(self, call: Call, served: Served) -> None:
        """Of a bug: a call that was answered comes once more."""
        answered = call.cause == "call" and served.status == OK
        if answered and self._keys % _AGAIN == 0 and self._bugs.on("answered-call-runs-again"):
            self._process.spawn(self._later(call))

    async def _later(self, call: Call) -> None:
        await asyncio.sleep(_AGAIN_S)
        await self.serve(call)

    def _turn_lock(self, held: Held, call: Call) -> AbstractAsyncContextManager[object]:
        """What a call has to wait for."""
        if self._bugs.on("reads-share-the-lock") and call.name in {"read", "get", "total", "last", "hold"}:
            return nullcontext()
        if self._bugs.on("stranger-enters-a-chain") and held.depth > 1:
            return nullcontext()
        if self._bugs.on("lock-wait-gives-up"):
            return _Impatient(held.lock)
        return held.lock

    async def _turn(self, held: Held, call: Call) -> Served:
        """Run one turn; it is over when this returns. The actor's lock is held, by its chain at least."""
        self._keys += 1
        key = self._keys
        held.keys.append(key)
        try:
            return await self._run(held, call, key)
        finally:
            held.keys.remove(key)
            held.used_ns = self._loop.now_ns

    async def _run(self, held: Held, call: Call, key: int) -> Served:
        type_, _, id_ = call.actor.partition("/")
        request = TurnRequest(
            session=self._session,
            key=key,
            type_=type_,
            id_=id_,
            cause=call.cause,
            name=call.name,
            body=call.body,
            chain=None if call.cause == "reminder" and self._bugs.on("reminder-without-chain-id") else call.chain,
        )
        try:
            asked = self._network.request(self._near.app, lambda app: app.turn(request), link=self._near.app_link)
            reply = await self._unless_abandoned(held, asked)
        except RefusedError:
            return UNAVAILABLE
        except CutOffError:
            if self._bugs.on("lock-leaks-on-a-broken-connection"):
                await asyncio.Event().wait()
            await self._take_back(held, key)
            return CUT_OFF
        if reply.answer is None or reply.aborted:
            return ELSEWHERE
        if reply.cut or (held.moving and self._bugs.on("reply-lost-in-drain")):
            return CUT_OFF
        return Served(reply.answer.status, reply.answer.body)

    async def _unless_abandoned(self, held: Held, asked: Coroutine[Any, Any, TurnReply]) -> TurnReply:
        """What the application answers; bugs go on without it."""
        if not (self._bugs.on("drain-skipped") or self._bugs.on("drain-cut-short")):
            return await asked
        answer, abandoned = asyncio.ensure_future(asked), asyncio.ensure_future(held.abandoned.wait())
        await asyncio.wait([answer, abandoned], return_when=asyncio.FIRST_COMPLETED)
        abandoned.cancel()
        if answer.done():
            return answer.result()
        answer.cancel()
        return TurnReply(answer=None)

    async def _claim(self, held: Held) -> None:
        """Let the store know that this host has the actor, so that nothing older can be saved any more."""
        version = self.table.version if self.table is not None else 0
        token = (version, self._number())
        if await self._ask_store(lambda store: store.claim(held.actor, token)):
            held.token = version

    # ---- state, for the application

    async def get_state(self, actor: str, key: str) -> tuple[bool, str | None]:
        """Whether it could be read, and the value."""
        token = self._token(actor)
        cached = self._bugs.on("cache-survives-moves")
        if cached and (actor, key) in self._cache:
            return True, self._cache[actor, key]
        found = None if token is None else await self._ask_store(lambda store: store.get(actor, key, token))
        if cached and found is not None and found[0]:
            self._cache[actor, key] = found[1]
        return found if found is not None else (False, None)

    async def commit_state(self, actor: str, writes: Writes) -> bool:
        """Whether a transaction was stored for sure."""
        token = self._token(actor)
        if token is None:
            return False
        if self._bugs.on("cache-survives-moves"):
            self._cache.update({(actor, key): value for key, value in writes})
        if self._bugs.on("saves-written-behind"):
            self._process.spawn(self._write_behind(actor, writes, token))
            return True
        stored = await self._ask_store(lambda store: store.commit(actor, writes, token))
        if stored is None and self._bugs.on("timeout-taken-for-success"):
            return True
        return bool(stored)

    async def _write_behind(self, actor: str, writes: Writes, token: Token) -> None:
        await asyncio.sleep(_BEHIND_S)
        await self._ask_store(lambda store: store.commit(actor, writes, token))

    def _token(self, actor: str) -> Token | None:
        held = self._actors.get(actor)
        if held is None or held.token is None or not held.keys:
            return None
        return held.token, self._number()

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    async def _ask_store(self, serve: Callable[[Store], Awaitable[T]]) -> T | None:
        """The store's answer; None when there is none in time: then it may have been done, or may still be."""
        if self._store_broken and self._bugs.on("store-connection-stays-broken"):
            return None
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                return await self._network.request(self._near.store, serve, link=self._near.store_link)
        except (RefusedError, CutOffError, TimeoutError):
            self._store_broken = True
            return None

    # ---- timers, for the application

    async def register_timer(self, actor: str, request: TimerRequest) -> bool:
        """Whether a timer was registered for the instance whose turn runs now."""
        held = self._actors.get(actor)
        if held is None or held.token is None or not held.keys:
            return False

        async def fire(wanted: Callable[[], bool], asked: TimerRequest, body: bytes) -> bool | None:
            return await self._fire(held, wanted, asked, body)

        timers.start(held.timers, request, fire=fire, spawn=self._process.spawn, loop=self._loop, bugs=self._bugs)
        return True

    async def unregister_timer(self, actor: str, name: str) -> bool:
        """Whether a timer is not registered any more."""
        held = self._actors.get(actor)
        if held is None or held.token is None or not held.keys:
            return False
        timers.stop(held.timers, name, bugs=self._bugs)
        return True

    async def _fire(self, held: Held, wanted: Callable[[], bool], request: TimerRequest, body: bytes) -> bool | None:
        """Run a callback in a turn of its own; whether it completed, None when none was begun."""
        until_ns = self._loop.now_ns + round(PATIENCE_S * _S_NS)
        call = Call(actor=held.actor, cause="timer", name=request.name, body=body, until_ns=until_ns)
        if held.gone and self._bugs.on("timer-outlives-its-actor"):
            return (await self.invoke(call)).status == OK
        if held.lock.locked() and self._bugs.on("timer-dropped-while-busy"):
            del held.timers.timers[request.name]
            return None
        beside = self._bugs.on("timer-beside-turns")
        async with nullcontext() if beside else self._turn_lock(held, call):
            if held.gone or not wanted() or not self._owns(held.actor):
                return None
            served = await self._enter(held, call)
        return None if served.again else served.status == OK

    # ---- clients

    async def call(self, actor: str, method: str, body: bytes, *, chain: str | None = None) -> Reply:
        """A client's call, or one of the application's own actors', which passes on the reentrancy id of its turn."""
        until_ns = self._loop.now_ns + round(PATIENCE_S * _S_NS)
        call = Call(actor=actor, cause="call", name=method, body=body, chain=chain, until_ns=until_ns)
        served = await self.invoke(call)
        return Reply(served.status, served.body)

    async def register_reminder(self, actor: str, name: str, asked: Asked) -> Reply:
        """A client's registration."""
        done = await self._ask_scheduler(lambda scheduler: scheduler.register(actor, name, asked))
        return Reply(NO_CONTENT if done else ERROR, b"")

    async def unregister_reminder(self, actor: str, name: str) -> Reply:
        """A client's unregistration."""
        done = await self._ask_scheduler(lambda scheduler: scheduler.unregister(actor, name))
        return Reply(NO_CONTENT if done else ERROR, b"")

    # ---- reminders

    async def remind(self, actor: str, name: str, data: str, until_ns: int) -> bool:
        """Have a turn serve a tick, begun before `until_ns`; whether it did."""
        body = b'{"data":%b,"dueTime":"","period":""}' % data.encode()
        served = await self.invoke(Call(actor=actor, cause="reminder", name=name, body=body, until_ns=until_ns))
        return served.status == OK

    async def _watch_schedulers(self) -> None:
        """Be known to every scheduler as one that can deliver."""
        host = self.host
        while True:
            for port, link in self._near.schedulers:
                await self._ask(port, lambda scheduler: scheduler.watch(host), link)
            await asyncio.sleep(WATCH_S)

    async def _ask_scheduler(self, serve: Callable[[Scheduler], Awaitable[bool | None]]) -> bool:
        """Ask each replica until the leader has done it."""
        deadline_ns = self._loop.now_ns + round(REGISTER_PATIENCE_S * _S_NS)
        while self._loop.now_ns < deadline_ns:
            for port, link in self._near.schedulers:
                if await self._ask(port, serve, link):
                    return True
            await asyncio.sleep(_RETRY_LONGEST_S)
        return False

    async def _ask(self, port: Port[Scheduler], serve: Callable[[Scheduler], Awaitable[T]], link: Link) -> T | None:
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await self._network.request(port, serve, link=link)
        except (RefusedError, CutOffError, TimeoutError):
            return None
