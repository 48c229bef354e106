"""Turns: one at a time for each actor. Calls wait for its lock in the order in which they came.

Where the runtime is asked to run readers beside writers, a call that only reads its actor waits for nobody.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Activations
from actorproof.harness.runtimes.simulated.sidecar.calls import ELSEWHERE, UNAVAILABLE, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution
from actorproof.harness.runtimes.simulated.sidecar.host import Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.sidecar.reentrancy import Reentrancy
from actorproof.harness.runtimes.simulated.sidecar.state import State


class Turns:
    """Serves the calls of actors that live here."""

    def __init__(
        self,
        host: Host,
        *,
        ownership: Ownership,
        activations: Activations,
        reentrancy: Reentrancy,
        execution: Execution,
        state: State,
    ) -> None:
        self._host = host
        self._ownership = ownership
        self._activations = activations
        self._reentrancy = reentrancy
        self._execution = execution
        self._state = state

    async def serve(self, call: Call) -> Served:
        """Run a call on an actor of this host, after those that came before it."""
        activation = self._activations.get(call.actor)
        if activation is not None and call.chain is not None and call.chain == activation.chain:
            return await self._reentrancy.enter_again(activation, call)
        if not self._ownership.owns(call):
            return ELSEWHERE
        if activation is None:
            activation = self._activations.activate(call.actor)
        if self.reads_beside(call):
            return await self._read(activation, call)
        async with self.lock(activation, call):
            refused = await self._refused(activation, call)
            return refused or await self._reentrancy.enter(activation, call)

    # ---- steps

    def lock(self, activation: Activation, call: Call) -> AbstractAsyncContextManager[object]:  # noqa: ARG002
        """What a call has to wait for: the actor's lock, whichever call it is."""
        return activation.lock

    def reads_beside(self, call: Call) -> bool:
        """Whether a call waits for no other turn of its actor."""
        return call.cause == "call" and self._host.settings.reads_beside(call.actor, call.name)

    async def _read(self, activation: Activation, call: Call) -> Served:
        """Run a call beside whatever else runs."""
        refused = await self._refused(activation, call)
        if refused is not None:
            return refused
        activation.readers += 1
        try:
            return await self._execution.turn(activation, call)
        finally:
            activation.readers -= 1
            activation.left.set()

    async def _refused(self, activation: Activation, call: Call) -> Served | None:
        """Why a call that has the lock may not begin; None when it may, and then the store knows whose the actor is."""
        if activation.version is None and not activation.gone and self._ownership.owns(call):
            await self._state.claim(activation)
        if activation.gone or not self._ownership.owns(call):
            return ELSEWHERE
        if activation.version is None or self._host.loop.now_ns >= call.until_ns:
            return UNAVAILABLE
        return None
