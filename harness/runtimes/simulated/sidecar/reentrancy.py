"""Reentrancy: calls of one chain are in an actor together, as deep as is allowed; everybody else waits outside."""

from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import TOO_DEEP, Call, Served
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution
from actorproof.harness.runtimes.simulated.sidecar.host import Host


class Reentrancy:
    """Lets chains into actors that they hold already."""

    def __init__(self, host: Host, *, session: Session, execution: Execution) -> None:
        self._host = host
        self._session = session
        self._execution = execution

    # ---- steps

    async def enter(self, activation: Activation, call: Call) -> Served:
        """Run the first call of a chain. The actor's lock is held, until all that follow have left."""
        reentrant = self.reentrant(call.actor)
        if reentrant and call.chain is None:
            call = replace(call, chain=f"{self._host.name}/{self._session.number}/{self._host.number()}")
        activation.chain, activation.depth = call.chain if reentrant else None, 1
        try:
            return await self._execution.turn(activation, call)
        finally:
            while activation.depth > 1:
                activation.left.clear()
                await activation.left.wait()
            activation.chain, activation.depth = None, 0

    async def enter_again(self, activation: Activation, call: Call) -> Served:
        """Run a call of the chain that holds the actor's lock, also while the actor is about to move."""
        if activation.depth >= self.max_depth():
            return TOO_DEEP
        activation.depth += 1
        try:
            return await self._execution.turn(activation, call)
        finally:
            activation.depth -= 1
            activation.left.set()

    def reentrant(self, actor: str) -> bool:
        """Whether a chain may enter an actor again: as its type is set."""
        return self._host.settings.reentrant(actor)

    def max_depth(self) -> int:
        """How many calls of one chain may be in an actor."""
        return self._host.settings.max_stack_depth
