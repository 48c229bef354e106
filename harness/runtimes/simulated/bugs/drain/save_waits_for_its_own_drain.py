from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.state import State
from actorproof.harness.runtimes.simulated.store import Token, Writes

SCENARIO = "scale-out-drain"
LOOK_S = 0.01


class SaveWaitsForItsOwnDrain(State):
    """A save waits until its actor was given back, and the actor until the turn that saves has ended.

    Breaks `drain`: the turn would have ended in time, and is taken back when the time-out runs out.
    """

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        activation = self._activations.in_turn(actor)
        while activation is not None and activation.moving.is_set() and not activation.gone:
            await self._host.pause(LOOK_S)
        return await super().save(actor, writes, token)
