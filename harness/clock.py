"""SystemClock: the machine's own time, for everything that runs live."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Implements `actorproof.harness.ports.Clock` with CLOCK_MONOTONIC and the running event loop."""

    def now_ns(self) -> int:
        """CLOCK_MONOTONIC in nanoseconds, comparable between all processes of one boot."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """Nanoseconds since 1970, as the machine believes."""
        return time.time_ns()

    async def sleep(self, delay_s: float) -> None:
        """Suspend the caller for `delay_s` seconds."""
        await asyncio.sleep(delay_s)
