from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.state import State
from actorproof.harness.runtimes.simulated.store import Token, Writes

SCENARIO = "scale-out-drain"
LOOK_S = 0.01


class SavesWaitForTheComingTable(State):
    """No actor of a host saves while a new table is coming, and the table waits for the turns that save.

    Breaks `drain`: a turn of an actor that moves would have ended in time, and is taken back at the time-out.
    """

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        while self._ownership.coming is not None:
            await self._host.pause(LOOK_S)
        return await super().save(actor, writes, token)
