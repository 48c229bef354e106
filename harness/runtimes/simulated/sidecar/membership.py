"""Membership: one session after the other, each held by heartbeats to placement's leader until it is lost or left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actorproof.harness.runtimes.simulated.placement.agreed import LEASE_S
from actorproof.harness.runtimes.simulated.placement.member import Grant
from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.host import RETRY_FIRST_S, S_NS, Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership

HEARTBEAT_S = 0.4
MARGIN_S = 0.2
_LEAVE_S = 8.0
_LEAVING_S = 0.05


class Membership:
    """A host's part in the cluster. `lost` is called when a session is over, and gives everything back.

    Attributes:
        connected: a leader of placement answers.
    """

    def __init__(
        self,
        host: Host,
        *,
        session: Session,
        ownership: Ownership,
        next_session: Callable[[], int],
        lost: Callable[[], None],
    ) -> None:
        self.connected = False
        self._host = host
        self._session = session
        self._ownership = ownership
        self._next_session = next_session
        self._lost = lost
        self._leader = 0
        self._app_answers = False

    async def take_part(self) -> None:
        """Take part until the process is asked to end, and leave in order then."""
        stopping = self._host.process.stopping
        while not stopping.is_set():
            await self.open_session()
            while await self._beat(leaving=False) and not stopping.is_set():
                await self._rest()
            if not stopping.is_set():
                self._lost()
        leave_by_ns = self._host.after_ns(_LEAVE_S)
        while self._session.number and await self._beat(leaving=True) and self._host.loop.now_ns < leave_by_ns:
            await self._host.pause(_LEAVING_S)

    # ---- steps

    async def open_session(self) -> None:
        """Agree with the application on a session: nothing of an older one runs there any more."""
        session = self._next_session()
        while not await self._host.ask_app(lambda app: app.begin(session)):
            if self._host.process.stopping.is_set():
                return
            await asyncio.sleep(RETRY_FIRST_S)
        self._session.number = session
        self._app_answers = True

    def lease_s(self) -> float:
        """How long a host relies on a lease: a margin less than placement does, from when it asked for it."""
        return LEASE_S - MARGIN_S

    # ---- heartbeats

    async def _beat(self, *, leaving: bool) -> bool:
        """Renew the lease, and let the application know; false when the session is over.

        A host whose application can't be reached lets its lease end: others take its actors over.
        """
        session = self._session
        if session.lapsed:
            return False
        if self._app_answers and not await self._renew(leaving=leaving):
            return False
        number, until_ns = session.number, session.lease.until_ns
        known = await self._host.ask_app(lambda app: app.renew(number, until_ns))
        self._app_answers = known is not None
        if known:
            session.app_lease.until_ns = until_ns
        self._host.process.ready = self._host.process.ready or self._ownership.ready
        self._host.changed()
        return known is not False and not session.lapsed

    async def _renew(self, *, leaving: bool) -> bool:
        """Ask placement's leader, whichever that is; false when the session is over."""
        replicas = len(self._host.near.placements)
        asked = 0
        while asked < replicas:
            began_ns = self._host.loop.now_ns
            grant = await self._ask_placement(leaving=leaving)
            if grant is None or not grant.leads:
                self._leader = (self._leader + 1) % replicas
                asked += 1
                continue
            self.connected = True
            if grant.over or self._session.lapsed:
                return False
            if grant.renewed:
                # The table that this host goes by is in force: whoever had its actors before has given them back.
                self._ownership.unlock()
                self._session.lease.until_ns = began_ns + round(self.lease_s() * S_NS)
                return True
            if grant.table is not None:
                self._ownership.install(grant.table, locked=False)
        self.connected = False
        return True

    async def _ask_placement(self, *, leaving: bool) -> Grant | None:
        port, link = self._host.near.placements[self._leader]
        host, session, version = self._host.name, self._session.number, self._ownership.version
        return await self._host.ask(
            port, lambda placement: placement.heartbeat(host, session, version, leaving=leaving), link
        )

    async def _rest(self) -> None:
        """Wait for the next heartbeat's time, or to be asked to end."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._host.process.stopping.wait()
        except TimeoutError:
            return
