"""State: reads and saves of turns, at the store. Each is fenced with a token (see `store`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from actorproof.harness.runtimes.simulated.sidecar.activations import Activation, Activations
from actorproof.harness.runtimes.simulated.sidecar.host import Host
from actorproof.harness.runtimes.simulated.sidecar.ownership import Ownership
from actorproof.harness.runtimes.simulated.store import Store, Token, Writes

T = TypeVar("T")
STORE_TIMEOUT_S = 3.0


class StoreClient:
    """A host's way to the store."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def ask(self, serve: Callable[[Store], Awaitable[T]]) -> T | None:
        """The store's answer; None when there is none in time: then it may have been done, or may still be.

        After a loss the store is found again as soon as it answers.
        """
        near = self._host.near
        return await self._host.ask(near.store, serve, near.store_link, timeout_s=STORE_TIMEOUT_S)


class State:
    """The state of the actors that live here."""

    def __init__(self, host: Host, *, ownership: Ownership, activations: Activations, store: StoreClient) -> None:
        self._host = host
        self._ownership = ownership
        self._activations = activations
        self._store = store

    async def claim(self, activation: Activation) -> None:
        """Let the store know that this host has the actor, so that nothing older can be saved any more."""
        version = self._ownership.version
        token = version, self._host.number()
        if await self._store.ask(lambda store: store.claim(activation.actor, token)):
            activation.version = version

    async def get(self, actor: str, key: str) -> tuple[bool, str | None]:
        """Whether it could be read, and the value."""
        token = self._token(actor)
        found = None if token is None else await self._store.ask(lambda store: store.get(actor, key, token))
        return found if found is not None else (False, None)

    async def commit(self, actor: str, writes: Writes) -> bool:
        """Whether a transaction was stored for sure."""
        token = self._token(actor)
        return token is not None and bool(await self.save(actor, writes, token))

    # ---- steps

    async def save(self, actor: str, writes: Writes, token: Token) -> bool | None:
        """Have the store make a transaction durable; whether it did, None when it has not said: that is no yes."""
        return await self._store.ask(lambda store: store.commit(actor, writes, token))

    def _token(self, actor: str) -> Token | None:
        """What fences the next request for an actor; None when no turn of it runs here."""
        activation = self._activations.in_turn(actor)
        if activation is None or activation.version is None:
            return None
        return activation.version, self._host.number()
