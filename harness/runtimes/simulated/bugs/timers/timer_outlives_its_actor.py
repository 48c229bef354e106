from __future__ import annotations

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Timer
from actorproof.harness.runtimes.simulated.sidecar.calls import OK, PATIENCE_S, Call
from actorproof.harness.runtimes.simulated.sidecar.timers import Timers


class TimerOutlivesItsActor(Timers):
    """A timer goes on when its actor was deactivated, and wakes it.

    Breaks `timers`: timers only fire while the actor is active.
    """

    def wanted(self, activation: Activation, timer: Timer) -> bool:
        return activation.timers.get(timer.request.name) is timer

    async def fire(self, activation: Activation, timer: Timer) -> bool | None:
        if not activation.gone:
            return await super().fire(activation, timer)
        call = Call(
            actor=activation.actor,
            cause="timer",
            name=timer.request.name,
            body=self.body(timer.request),
            until_ns=self._host.after_ns(PATIENCE_S),
        )
        return (await self._turns.serve(call)).status == OK
