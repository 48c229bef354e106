"""Access: what the turns of an application use through its sidecar: state, timers and other actors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.runtimes.simulated.app.abortable import TurnAbortedError
from actorproof.harness.runtimes.simulated.app.messages import SidecarApi
from actorproof.harness.simulation.network import Network, Port
from actorproof.harness.subjects.actors.subject import CallError, StateError
from actorproof.harness.subjects.timers import TimerError, TimerRequest
from actorproof.harness.subjects.witness import Mark, Witness, Writes

STATE_TIMEOUT_S = 10.0


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
        with self._witness.runtime_call(self._mark, "read", key):
            return await self._get(key)

    async def _get(self, key: str) -> str | None:
        actor = self._actor
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                good, value = await self._network.request(self._sidecar, lambda api: api.get_state(actor, key))
        except (RefusedError, CutOffError, TimeoutError) as error:
            raise StateError(f"{key} could not be read: {type(error).__name__}") from error
        if not good:
            raise StateError(f"{key} could not be read: the sidecar can't reach the store, or has lost the actor")
        return value

    async def stage(self, writes: Writes) -> None:
        """Nothing: saves are sent when they are made."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        if ttl_s is not None:
            raise StateError("the simulated store keeps state for good: a time to live needs a real cluster")
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
