"""Execution: has the application run one turn, and knows when it is over."""

from __future__ import annotations

import asyncio

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.app.messages import TurnReply, TurnRequest
from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import CUT_OFF, ELSEWHERE, UNAVAILABLE, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.host import RETRY_FIRST_S, Host


class Execution:
    """Turns in the application of this host."""

    def __init__(self, host: Host, *, session: Session) -> None:
        self._host = host
        self._session = session
        self._keys = 0

    async def turn(self, activation: Activation, call: Call) -> Served:
        """Run one turn; it is over when this returns. The actor's lock is held, by its chain at least."""
        self._keys += 1
        key = self._keys
        activation.turns.append(key)
        try:
            return await self._run(activation, call, key)
        finally:
            activation.turns.remove(key)
            activation.used_ns = self._host.loop.now_ns

    async def take_back(self, activation: Activation, key: int) -> None:
        """Have a turn under way fail; it is over when its own call has been answered."""
        session = self._session.number
        while key in activation.turns and not activation.gone:
            if await self._host.ask_app(lambda app: app.abort(session, key)) is not None:
                return
            await asyncio.sleep(RETRY_FIRST_S)

    async def _run(self, activation: Activation, call: Call, key: int) -> Served:
        request = self.request(call, key)
        try:
            reply = await self.reply(activation, request)
        except RefusedError:
            return UNAVAILABLE
        except CutOffError:
            await self.connection_broke(activation, key)
            return CUT_OFF
        return self.served(activation, reply)

    # ---- steps

    def request(self, call: Call, key: int) -> TurnRequest:
        """What the application is told: all of the call, with its reentrancy id."""
        type_, _, id_ = call.actor.partition("/")
        return TurnRequest(
            session=self._session.number,
            key=key,
            type_=type_,
            id_=id_,
            cause=call.cause,
            name=call.name,
            body=call.body,
            chain=call.chain,
        )

    async def reply(self, activation: Activation, request: TurnRequest) -> TurnReply:  # noqa: ARG002 - moving or not
        """Wait until the application says that the turn is over. RefusedError and CutOffError as `Network.request`."""
        near = self._host.near
        return await self._host.network.request(near.app, lambda app: app.turn(request), link=near.app_link)

    async def connection_broke(self, activation: Activation, key: int) -> None:
        """The turn may run on: it is over before the next one begins."""
        await self.take_back(activation, key)

    def served(self, activation: Activation, reply: TurnReply) -> Served:  # noqa: ARG002 - nor does a move change it
        """What the caller gets: the turn's answer, if it has one."""
        if reply.answer is None or reply.aborted:
            return ELSEWHERE
        if reply.cut:
            return CUT_OFF
        return Served(reply.answer.status, reply.answer.body)
