from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.turns import Turns

SCENARIO = "simulated-readers"


class ReadersWaitForWriters(Turns):
    """A call that only reads waits for its actor's lock, like any other.

    Breaks `readers`: it begins when the turn that changes the actor has ended.
    """

    def reads_beside(self, call: Call) -> bool:
        return False
