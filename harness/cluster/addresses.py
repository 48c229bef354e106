"""Addresses: where units listen and the proxy listens for them. A driver brings the book that its machines need."""

from __future__ import annotations

import platform
from typing import Protocol

from actorproof.harness.cluster.blueprint import Address

LOOPBACK = "127.0.0.1"


class Ports(Protocol):
    """Gives ports that nobody else uses, each once."""

    def port(self) -> int: ...


class Addresses(Protocol):
    """Gives addresses, each once.

    A place is what has an address of its own where units have machines: a host, or any other unit by itself.
    """

    def at(self, place: str) -> Address:
        """Where a unit of `place` listens."""

    def proxy(self) -> Address:
        """Where the proxy listens."""

    def peer(self, place: str) -> tuple[Address, Address] | None:
        """The same port twice: where a host listens for its peers, and where the proxy stands before it.

        No two hosts share an IP there. Dapr advertises one address and takes the port that it listens on. None where
        that can't be.
        """


class Loopback:
    """Everything on this machine's loopback addresses, told apart by `ports`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._peers = 0
        # Elsewhere only 127.0.0.1 is local.
        self._wide = platform.system() == "Linux"

    def at(self, place: str) -> Address:  # noqa: ARG002 all places are one here
        return Address(ip=LOOPBACK, port=self._ports.port())

    def proxy(self) -> Address:
        return Address(ip=LOOPBACK, port=self._ports.port())

    def peer(self, place: str) -> tuple[Address, Address] | None:  # noqa: ARG002 as above
        if not self._wide:
            return None
        self._peers += 1
        port = self._ports.port()
        return Address(ip=f"127.0.1.{self._peers}", port=port), Address(ip=f"127.0.2.{self._peers}", port=port)
