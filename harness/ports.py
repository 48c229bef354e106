"""Clock and Transport: the two ports that the simulated driver replaces.

Nothing else in the harness reads time or opens a connection to the runtime on behalf of a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, str], ...]


class Clock(Protocol):
    """Time. `now_ns` is CLOCK_MONOTONIC in nanoseconds; `sleep` suspends the caller for `delay_s` seconds."""

    def now_ns(self) -> int: ...

    def wall_ns(self) -> int: ...

    async def sleep(self, delay_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: status and body, read to the last byte.

    Attributes:
        failed: whether it says in a header that what was asked failed, whatever its status is.
        headers: as they came.
    """

    status: int
    body: bytes
    failed: bool = False
    headers: Headers = ()


class RefusedError(Exception):
    """The connection was refused before a byte of the request was sent: the request can't have taken effect."""


class CutOffError(Exception):
    """Bytes may have been sent and no whole answer came: the request may or may not have taken effect."""


class Transport(Protocol):
    """Carries one request to one host's sidecar. Never retries.

    `host` is a host's name (``host-1``); `method` is POST, PUT, GET or DELETE; `path` begins with ``/v1.0/``.
    Raises RefusedError, CutOffError, or TimeoutError when `timeout_s` ran out.
    """

    @property
    def addresses(self) -> Mapping[str, str]:
        """The base address of each host's sidecar, by host; empty where nobody else can ask it."""
        ...

    async def request(
        self, *, host: str, method: str, path: str, body: bytes, timeout_s: float, headers: Headers = ()
    ) -> Reply: ...

    async def close(self) -> None: ...
