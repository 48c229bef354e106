"""Memory: how much every unit has resident, from time to time."""

from __future__ import annotations

from actorproof.harness.cluster.port import Cluster
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock

EVERY_S = 1.0


async def remember(journal: Journal, clock: Clock, cluster: Cluster) -> None:
    """Write what every running unit has, once a second, until cancelled."""
    while True:
        for unit in cluster.units():
            resident = cluster.resident_bytes(unit)
            if resident is not None:
                journal.write(ev.MemoryObserved, unit=unit, resident_bytes=resident)
        await clock.sleep(EVERY_S)
