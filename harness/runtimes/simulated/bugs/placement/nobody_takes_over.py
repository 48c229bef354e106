from __future__ import annotations

from actorproof.harness.runtimes.simulated.placement.replica import Placement

SCENARIO = "leader-loss"


class NobodyTakesOver(Placement):
    """When the placement replica that leads is gone, no other one begins to lead.

    Breaks `availability`: with three replicas new activations go on within the budget.
    """

    def take_part(self) -> None:
        if self._quorum.leader in {None, self._name}:
            super().take_part()
