from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.draining import Draining


class TurnsAbortedWithoutDrain(Draining):
    """Turns of actors that move fail at once, in order.

    Breaks `drain`: a turn under way has the drain time-out to end in.
    """

    def limit_s(self) -> float:
        return 0.0
