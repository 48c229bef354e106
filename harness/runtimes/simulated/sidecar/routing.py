"""Routing: has an actor's owner run a call, wherever that is, and asks again while nothing was begun."""

from __future__ import annotations

import asyncio

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.sidecar.calls import CUT_OFF, UNAVAILABLE, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.host import RETRY_FIRST_S, RETRY_LONGEST_S, Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

PEER_TIMEOUT_S = 30.0


class Routing:
    """The way from any sidecar to the one that owns an actor."""

    def __init__(self, host: Host, *, ownership: Ownership, turns: Turns) -> None:
        self._host = host
        self._ownership = ownership
        self._turns = turns

    async def invoke(self, call: Call) -> Served:
        """Have a call served, asking again while nothing was begun and it may still begin."""
        pause_s = RETRY_FIRST_S
        while True:
            served = await self._forward(call)
            if not served.again or self._host.after_ns(pause_s) >= call.until_ns:
                return served
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RETRY_LONGEST_S)

    async def _forward(self, call: Call) -> Served:
        table = self._ownership.table
        owner = self._ownership.owner(call, table) if table is not None else None
        if owner is None:
            return UNAVAILABLE
        if owner == self._host.name:
            return await self._turns.serve(call)
        return await self._send(owner, self.outgoing(call))

    # ---- steps

    def outgoing(self, call: Call) -> Call:
        """A call on its way to another host: all of it, with its reentrancy id."""
        return call

    async def _send(self, owner: str, call: Call) -> Served:
        port, link = self._host.near.peers[owner]
        try:
            async with asyncio.timeout(PEER_TIMEOUT_S):
                return await self._host.network.request(port, lambda peer: peer.serve(call), link=link)
        except RefusedError:
            return UNAVAILABLE
        except (CutOffError, TimeoutError):
            return CUT_OFF
