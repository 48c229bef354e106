"""SimClock: the simulation's time. Wall clock and monotonic clock never move against each other.

Reading it takes a microsecond, as it does on a machine: so no two events have the same time, and their order in time
is the order in which they happened, whichever processes wrote them.
"""

from __future__ import annotations

import asyncio

from actorproof.harness.history.journal import Origin
from actorproof.harness.simulation.loop import START_NS, virtual_loop

ORIGIN = Origin(pid=1, boot_id="simulated", time_namespace="simulated")
WALL_START_NS = 1_767_225_600_000_000_000  # 2026-01-01 in UTC
READING_NS = 1_000


class SimClock:
    """Implements `actorproof.harness.ports.Clock` with the virtual loop that runs."""

    def now_ns(self) -> int:
        """Nanoseconds of virtual time, in the place of CLOCK_MONOTONIC."""
        loop = virtual_loop()
        loop.now_ns += READING_NS
        return loop.now_ns

    def wall_ns(self) -> int:
        """Nanoseconds since 1970; every simulation begins with the year 2026."""
        return self.now_ns() - START_NS + WALL_START_NS

    async def sleep(self, delay_s: float) -> None:
        """Suspend the caller for `delay_s` seconds of virtual time."""
        await asyncio.sleep(delay_s)
