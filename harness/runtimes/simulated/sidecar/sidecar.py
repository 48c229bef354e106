"""Sidecar: one incarnation's program: its parts, and all that its neighbours ask of it."""

from __future__ import annotations

from collections.abc import Callable

from actorproof.harness.ports import Reply
from actorproof.harness.runtimes.simulated.jobs import Registration
from actorproof.harness.runtimes.simulated.lease import Lease
from actorproof.harness.runtimes.simulated.parts import Parts
from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.activations import Activations
from actorproof.harness.runtimes.simulated.sidecar.calls import ERROR, NO_CONTENT, PATIENCE_S, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.deactivation import Deactivation
from actorproof.harness.runtimes.simulated.sidecar.draining import Draining
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution
from actorproof.harness.runtimes.simulated.sidecar.host import Host
from actorproof.harness.runtimes.simulated.sidecar.membership import Membership
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy
from actorproof.harness.runtimes.simulated.sidecar.reminders import Reminders
from actorproof.harness.runtimes.simulated.sidecar.routing import Routing
from actorproof.harness.runtimes.simulated.sidecar.state import State, StoreClient
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns
from actorproof.harness.runtimes.simulated.store import Writes
from actorproof.harness.runtimes.simulated.table import Table
from actorproof.harness.subjects.timers import TimerRequest


class Sidecar:
    """Made of one object a part; `parts` says of which class."""

    def __init__(self, host: Host, *, next_session: Callable[[], int], parts: Parts) -> None:
        of = parts.of
        self._host = host
        self._session = Session(lease=of(Lease)(host.loop), app_lease=of(Lease)(host.loop))
        self._ownership = of(Ownership)(host=host.name, session=self._session, changed=host.changed)
        self._membership = of(Membership)(
            host, session=self._session, ownership=self._ownership, next_session=next_session, lost=self._lose_session
        )
        self._activations = Activations(host.loop)
        self._state = of(State)(
            host, ownership=self._ownership, activations=self._activations, store=of(StoreClient)(host)
        )
        execution = of(Execution)(host, session=self._session)
        reentrancy = of(Reentrancy)(host, session=self._session, execution=execution)
        self._turns = of(Turns)(
            host,
            ownership=self._ownership,
            activations=self._activations,
            reentrancy=reentrancy,
            execution=execution,
            state=self._state,
        )
        self._routing = of(Routing)(host, ownership=self._ownership, turns=self._turns)
        self._timers = of(Timers)(
            host,
            ownership=self._ownership,
            activations=self._activations,
            turns=self._turns,
            reentrancy=reentrancy,
        )
        self._reminders = of(Reminders)(host, routing=self._routing)
        self._deactivation = of(Deactivation)(host, session=self._session, activations=self._activations)
        self._draining = of(Draining)(
            host,
            ownership=self._ownership,
            activations=self._activations,
            execution=execution,
            deactivation=self._deactivation,
        )

    async def main(self) -> int:
        """Take part until asked to end, and leave in order then."""
        process = self._host.process
        process.listening = True
        process.spawn(self._reminders.watch())
        process.spawn(self._deactivation.scan())
        await self._membership.take_part()
        return 0

    def _lose_session(self) -> None:
        """Everything is given back: it can't be used without a lease."""
        self._session.end()
        self._ownership.end_session()
        self._draining.end_session()
        self._activations.end_all()
        self._host.changed()

    # ---- what it says of itself

    @property
    def connected(self) -> bool:
        """Whether a leader of placement answers."""
        return self._membership.connected

    @property
    def ready(self) -> bool:
        """Whether this host stands in the table in force and may serve."""
        return self._ownership.ready

    @property
    def agrees_on(self) -> int:
        """The version of the table that this host goes by; 0 while it is being changed."""
        return self._ownership.agrees_on

    # ---- placement asks

    async def lock(self, session: int, base: Table, table: Table) -> bool:
        """Drain what moves away from the table in force, `base`, to a new one; whether that is done."""
        return session == self._session.number and self._draining.lock(base, table)

    async def update(self, session: int, table: Table) -> None:
        """A table is in force; actors that moved here stay locked."""
        if session == self._session.number:
            self._ownership.install(table, locked=True)

    async def unlock(self, session: int, version: int) -> None:
        """New owners may begin."""
        if session == self._session.number and self._ownership.table is not None and self._ownership.version <= version:
            self._ownership.unlock()
            self._host.changed()

    # ---- clients ask, and the application for calls of its own

    async def call(self, actor: str, method: str, body: bytes, *, chain: str | None = None) -> Reply:
        """A client's call, or one of the application's own actors', which passes on the reentrancy id of its turn."""
        until_ns = self._host.after_ns(PATIENCE_S)
        call = Call(actor=actor, cause="call", name=method, body=body, chain=chain, until_ns=until_ns)
        served = await self._routing.invoke(call)
        return Reply(served.status, served.body)

    async def register_reminder(self, actor: str, name: str, registration: Registration) -> Reply:
        """A client's registration."""
        return _reply(done=await self._reminders.register(actor, name, registration))

    async def unregister_reminder(self, actor: str, name: str) -> Reply:
        """A client's unregistration."""
        return _reply(done=await self._reminders.unregister(actor, name))

    # ---- other sidecars and the scheduler ask

    async def serve(self, call: Call) -> Served:
        """Run a call on an actor of this host, after those that came before it."""
        return await self._turns.serve(call)

    async def remind(self, actor: str, name: str, data: str, until_ns: int) -> bool:
        """Have a turn serve a tick, begun before `until_ns`; whether it did."""
        return await self._reminders.remind(actor, name, data, until_ns)

    # ---- the application asks

    async def get_state(self, actor: str, key: str) -> tuple[bool, str | None]:
        """Whether it could be read, and the value."""
        return await self._state.get(actor, key)

    async def commit_state(self, actor: str, writes: Writes) -> bool:
        """Whether a transaction was stored for sure."""
        return await self._state.commit(actor, writes)

    async def register_timer(self, actor: str, request: TimerRequest) -> bool:
        """Whether a timer was registered for the activation whose turn runs now."""
        return await self._timers.register(actor, request)

    async def unregister_timer(self, actor: str, name: str) -> bool:
        """Whether a timer is not registered any more."""
        return await self._timers.unregister(actor, name)


def _reply(*, done: bool) -> Reply:
    return Reply(NO_CONTENT if done else ERROR, b"")
