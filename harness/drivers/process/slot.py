"""Slot: a block of ports that one run holds, so that two runs at once never collide.

A port of a block is meant for every loopback address: 127.0.1.3 and 127.0.2.3 may be used with it by the holder alone.

A block is held by a listening socket on its first port. The kernel is the lock's keeper: it is atomic, counts for all
users of a machine but only within one network namespace, just as ports do, and it is gone with its holder, however
that dies. All blocks lie below 32768, where the ephemeral range begins: above it any connection may take a port
between choosing it and binding it.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Self

from actorproof.harness.cluster.addresses import LOOPBACK
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.errors import PortTakenError, UsageError

FIRST_PORT = 12_000
BLOCK_PORTS = 300
BLOCKS = 64


class Slot:
    """One held block; make it with `Slot.acquire`, give it back with `release` or as a context manager.

    Attributes:
        index: number of the block, from 0.
    """

    def __init__(self, index: int, *, first_port: int, ports: int, lock: socket.socket) -> None:
        self.index = index
        self._lock = lock
        self._ports: Iterator[int] = iter(range(first_port + 1, first_port + ports))
        self._span = f"{first_port}-{first_port + ports - 1}"

    @classmethod
    def acquire(cls, *, first_port: int = FIRST_PORT, block_ports: int = BLOCK_PORTS, blocks: int = BLOCKS) -> Self:
        """Hold the first block that nobody holds and whose ports are all free.

        PortTakenError when there is none.
        """
        for index in range(blocks):
            start = first_port + index * block_ports
            lock = _hold(start)
            if lock is None:
                continue
            if all(is_free(Address(ip="0.0.0.0", port=port)) for port in range(start + 1, start + block_ports)):  # noqa: S104 any address that is taken matters, and nothing listens here
                return cls(index, first_port=start, ports=block_ports, lock=lock)
            lock.close()
        last = first_port + blocks * block_ports - 1
        raise PortTakenError(
            f"each of the {blocks} blocks of ports from {first_port} to {last} is held by another run or has a port"
            " that is taken: wait for other runs to end, or see `actorproof doctor` for what they left behind"
        )

    def port(self) -> int:
        """A port of the block that was not handed out before. UsageError when the block is used up."""
        port = next(self._ports, None)
        if port is None:
            raise UsageError(f"the block of ports {self._span} is used up: choose a smaller topology")
        return port

    def release(self) -> None:
        """Give the block back. Doing so twice does nothing."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_free(address: Address) -> bool:
    """Whether a server could bind an address now; what connections left behind (TIME_WAIT) does not count."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.ip, address.port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _hold(port: int) -> socket.socket | None:
    lock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    lock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        lock.bind((LOOPBACK, port))
        lock.listen(1)
    except OSError:
        lock.close()
        return None
    return lock
