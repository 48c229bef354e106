from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation
from actorproof.harness.runtimes.simulated.sidecar.deactivation import Deactivation
from actorproof.harness.runtimes.simulated.sidecar.host import S_NS


class IdleTimeOutIsHalf(Deactivation):
    """An actor that nobody calls is put away after half of its idle time-out.

    Breaks `lifecycle`: it is told to end too early.
    """

    async def collect(self, activation: Activation) -> None:
        half_ns = round(self._host.settings.idle_s(activation.actor) * S_NS / 2)
        if activation.lock.locked() or self._host.loop.now_ns - activation.used_ns < half_ns:
            return
        async with activation.lock:
            if not activation.gone:
                await self.deactivate(activation)
