"""App: sessions and turns of one application process.

Turns come from the sidecar, each under the session that the two agreed upon. When a session begins, nothing of an older
one runs any more. When the lease ends without having been renewed, open turns fail and every instance is dropped, so
that another host may go on with its actors.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from actorproof.harness.runtimes.simulated.app.abortable import Abortable
from actorproof.harness.runtimes.simulated.app.access import AppState, AppTimers
from actorproof.harness.runtimes.simulated.app.messages import SidecarApi, TurnReply, TurnRequest
from actorproof.harness.runtimes.simulated.lease import Lease
from actorproof.harness.simulation.network import Network, Port
from actorproof.harness.simulation.process import Process
from actorproof.harness.subjects.engine import Answer, Engine
from actorproof.harness.subjects.witness import Mark, Witness

GRACE_S = 0.5
_LOOK_S = 0.05


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
        lease: Lease,
    ) -> None:
        self._process = process
        self._engine = engine_of(
            lambda actor, mark: AppState(actor, mark, witness=witness, sidecar=sidecar, network=network),
            lambda actor: AppTimers(actor, sidecar=sidecar, network=network),
        )
        self._lease = lease
        self._session = 0
        self._running: dict[tuple[int, int], Abortable[Answer]] = {}
        self._instances: dict[tuple[str, str], None] = {}
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
        await self.end_session()
        self._session = session
        return True

    async def renew(self, session: int, until_ns: int) -> bool:
        """Serve actors until then; false when this is not the session."""
        if session != self._session:
            return False
        self._lease.until_ns = max(self._lease.until_ns, until_ns)
        return True

    async def turn(self, request: TurnRequest) -> TurnReply:
        """Run a turn."""
        if not self._serves(request.session) or request.key in self._refused:
            return TurnReply(answer=None)
        cut: list[bool] = []
        work = Abortable(
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
        self._instances[request.type_, request.id_] = None
        try:
            answer = await work.run()
        finally:
            del self._running[request.session, request.key]
        return TurnReply(answer=answer, aborted=work.aborted, cut=bool(cut))

    async def abort(self, session: int, key: int) -> bool:
        """Take a turn back, whether it has arrived or not: it is over when this returns, and true."""
        work = self._running.get((session, key))
        if work is not None:
            await self.abort_turn(work)
        elif session == self._session:
            self._refused.add(key)
        return True

    async def deactivate(self, session: int, type_: str, id_: str) -> bool:
        """Drop an instance: it is gone when this returns, and true, even when it was told to answer otherwise."""
        if session == self._session:
            self.drop(type_, id_)
            await self._engine.answer_delete(type_, id_)
        return True

    # ---- steps

    async def end_session(self) -> None:
        """Nothing of the session that was before is left."""
        self._session = 0
        await self._drop_everything()
        self._refused.clear()
        self._lease.end()

    async def abort_turn(self, work: Abortable[Answer]) -> None:
        """Have an open turn fail where it stands; it is over when this returns."""
        work.abort()
        await work.ended.wait()

    def drop(self, type_: str, id_: str) -> None:
        """Forget an instance, and what it had in memory."""
        self._instances.pop((type_, id_), None)
        self._engine.deactivate(type_, id_)

    # ---- inside

    def _serves(self, session: int) -> bool:
        return session == self._session and not self._lease.over and not self._process.stopping.is_set()

    async def _watch(self) -> None:
        """Drop everything as soon as the lease has ended."""
        while True:
            if self._lease.over and (self._instances or self._running):
                await self._drop_everything()
            else:
                left_s = self._lease.left_s
                await asyncio.sleep(left_s if left_s > 0 else _LOOK_S)

    async def _drop_everything(self) -> None:
        for work in list(self._running.values()):
            work.abort()
            await work.ended.wait()
        for type_, id_ in list(self._instances):
            self._engine.deactivate(type_, id_)
        self._instances.clear()
