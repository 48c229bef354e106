"""Deactivation: an activation ends when the application has dropped its instance; idle ones do after a while."""

from __future__ import annotations

import asyncio

from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Activations
from actorproof.harness.runtimes.simulated.sidecar.host import S_NS, Host

SCAN_S = 0.5


class Deactivation:
    """Ends activations, one by one."""

    def __init__(self, host: Host, *, session: Session, activations: Activations) -> None:
        self._host = host
        self._session = session
        self._activations = activations

    async def deactivate(self, activation: Activation) -> bool:
        """Have the application drop an instance; whether it did. The actor's lock is held."""
        session = self._session.number
        type_, _, id_ = activation.actor.partition("/")
        if activation.version is not None:
            dropped = await self._host.ask_app(lambda app: app.deactivate(session, type_, id_))
            if dropped is None:
                return False
        self._activations.end(activation)
        return True

    async def scan(self) -> None:
        """Look for idle activations, for ever."""
        while True:
            await asyncio.sleep(SCAN_S)
            for activation in self._activations:
                await self.collect(activation)

    # ---- steps

    async def collect(self, activation: Activation) -> None:
        """Deactivate it when it has been idle for long enough and no turn is open."""
        if activation.lock.locked() or not self._idle(activation):
            return
        async with activation.lock:
            if not activation.gone and self._idle(activation):
                await self.deactivate(activation)

    def _idle(self, activation: Activation) -> bool:
        idle_ns = round(self._host.settings.idle_s(activation.actor) * S_NS)
        return not activation.readers and self._host.loop.now_ns - activation.used_ns >= idle_ns
