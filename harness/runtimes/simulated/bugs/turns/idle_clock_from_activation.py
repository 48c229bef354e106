from __future__ import annotations

from functools import cached_property

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.deactivation import Deactivation
from actorproof.harness.runtimes.simulated.sidecar.host import S_NS


class IdleClockFromActivation(Deactivation):
    """An actor is collected some time after its activation, with its turn open or not.

    Breaks `turns`: its next call makes another instance, whose turn runs beside the open one.
    """

    @cached_property
    def _since_ns(self) -> dict[Activation, int]:
        return {}

    async def collect(self, activation: Activation) -> None:
        now_ns = self._host.loop.now_ns
        if now_ns - self._since_ns.setdefault(activation, now_ns) >= round(
            self._host.settings.idle_s(activation.actor) * S_NS
        ):
            await self.deactivate(activation)
        else:
            await super().collect(activation)
