from __future__ import annotations

from actorproof.harness.runtimes.simulated.app.messages import TurnReply
from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.calls import CUT_OFF, Served
from actorproof.harness.runtimes.simulated.sidecar.execution import Execution


class ReplyLostInDrain(Execution):
    """A turn that ends while its actor moves has its reply dropped.

    Breaks `drain`: its caller gets the answer.
    """

    def served(self, activation: Activation, reply: TurnReply) -> Served:
        served = super().served(activation, reply)
        return CUT_OFF if activation.moving.is_set() and not served.again else served
