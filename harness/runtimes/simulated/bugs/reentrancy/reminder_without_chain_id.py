from __future__ import annotations

from dataclasses import replace

from actorproof.harness.runtimes.simulated.app.messages import TurnRequest
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution

SCENARIO = "reentrant-chains"


class ReminderWithoutChainId(Execution):
    """A reminder's turn is not told its reentrancy id.

    Breaks `reentrancy`: a chain that it begins waits for itself.
    """

    def request(self, call: Call, key: int) -> TurnRequest:
        return super().request(replace(call, chain=None) if call.cause == "reminder" else call, key)
